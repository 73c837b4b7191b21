import { ProblemError } from '../../api/client';
import { putDashboard, type CheckMessage, type Precondition } from '../../dashboard/api';

export interface Conflict {
  message: string;
}

export interface SaveResult {
  isStored: boolean;
  messages: CheckMessage[];
  conflict: Conflict | null;
}

/** Stores a body, unless what is stored is no longer what was opened: the server compares, so that nobody comes in between. */
export async function saveDashboard(name: string, text: string, precondition: Precondition): Promise<SaveResult> {
  try {
    return { ...(await putDashboard(name, text, precondition)), conflict: null };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.status !== 412) throw error;
    const { modifiedMs } = error.problem as { modifiedMs?: number | null };
    const message =
      typeof modifiedMs !== 'number'
        ? 'It was deleted since you opened it.'
        : precondition === 'absent'
          ? `There is one of that name, stored at ${new Date(modifiedMs).toLocaleString()}.`
          : `It was stored anew at ${new Date(modifiedMs).toLocaleString()}, after you opened it.`;
    return { isStored: false, messages: [], conflict: { message } };
  }
}
