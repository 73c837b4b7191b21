import { ProblemError } from '../../api/client';
import { listDashboards, putDashboard, type CheckMessage } from '../../dashboard/api';

export interface Conflict {
  message: string;
}

export interface SaveResult {
  isStored: boolean;
  messages: CheckMessage[];
  conflict: Conflict | null;
}

async function modifiedMsOf(name: string): Promise<number | null> {
  return (await listDashboards()).find((entry) => entry.name === name)?.modifiedMs ?? null;
}

/** Stores a body unless what is stored is no longer what was opened. */
export async function saveDashboard(name: string, text: string, openedMs: number | null, isForced: boolean): Promise<SaveResult> {
  if (!isForced) {
    const nowMs = await modifiedMsOf(name);
    if (nowMs !== openedMs) {
      const message = nowMs === null ? 'It was deleted since you opened it.' : `It was stored anew at ${new Date(nowMs).toLocaleString()}, after you opened it.`;
      return { isStored: false, messages: [], conflict: { message } };
    }
  }
  try {
    return { ...(await putDashboard(name, text)), conflict: null };
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 409) {
      return { isStored: false, messages: [], conflict: { message: error.problem.detail } };
    }
    throw error;
  }
}
