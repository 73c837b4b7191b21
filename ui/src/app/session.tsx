import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Problem } from '../api/client';
import { change, get, ProblemError, problemFrom, setCsrfToken, whenSignInIsNeeded } from '../api/client';
import type { Session } from '../api/types';
import { Button } from '../parts/button';
import { ProblemNotice } from '../parts/notice';

const OPEN_SESSION: Session = { needsSignIn: false, isSignedIn: false, user: null, role: 'admin', csrfToken: null };

const SessionContext = createContext<{ session: Session; signOut: () => void }>({ session: OPEN_SESSION, signOut: () => {} });

export const useSession = () => useContext(SessionContext);

function SignIn({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  // A one-time address from the server's log, /sign-in#first=..., sets the first password; what stands behind # is sent nowhere.
  const anchor = new URLSearchParams(location.hash.slice(1));
  const token = anchor.get('first');
  // One that an admin made sets the password of a user who is known: /sign-in#link=...
  const link = token ? null : anchor.get('link');
  const [again, setAgain] = useState('');
  const setsPassword = token !== null || link !== null;
  const isWhole = setsPassword ? password !== '' && password === again && (link !== null || user !== '') : key !== '' || (user !== '' && password !== '');
  const submit = async (event: Event) => {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    try {
      if (token) await change('POST', '/session/first', { token, user, password });
      else if (link) await change('POST', '/session/link', { token: link, password });
      else await change('POST', '/session', key ? { key } : { user, password });
      if (setsPassword || location.pathname === '/sign-in') history.replaceState(null, '', '/');
      onSignedIn(await get<Session>('/session'));
    } catch (error) {
      setProblem(problemFrom(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>{token ? 'Choose the first password' : link ? 'Choose your password' : 'Sign in to Weir'}</h1>
        {!link && <label><span>User</span><input type="text" autocomplete="username" value={user} onInput={(event) => setUser(event.currentTarget.value)} /></label>}
        <label>
          <span>Password</span>
          <input type="password" autocomplete={setsPassword ? 'new-password' : 'current-password'} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </label>
        {setsPassword && (
          <label>
            <span>Password again</span>
            <input type="password" autocomplete="new-password" value={again} onInput={(event) => setAgain(event.currentTarget.value)} />
          </label>
        )}
        {setsPassword && again !== '' && again !== password && <p class="bad">The two differ.</p>}
        {!setsPassword && (
          <label>
            <span>or an access key (ID.SECRET)</span>
            <input type="password" autocomplete="off" value={key} onInput={(event) => setKey(event.currentTarget.value)} />
          </label>
        )}
        {problem && <ProblemNotice problem={problem} />}
        <Button kind="primary" type="submit" isDisabled={isSending || !isWhole}>{setsPassword ? 'Set password' : 'Sign in'}</Button>
      </form>
    </main>
  );
}

/** Asks who is there before anything else is drawn; a server without sign-in lets everybody through. */
export function SessionGate({ children }: { children: ComponentChildren }) {
  const [session, setSession] = useState<Session | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = (next: Session) => {
    setCsrfToken(next.csrfToken);
    setSession(next);
  };
  const load = () => {
    setProblem(null);
    get<Session>('/session').then(take, (error: unknown) => {
      if (error instanceof ProblemError && error.problem.status === 404) take(OPEN_SESSION);
      else setProblem(problemFrom(error));
    });
  };
  useEffect(() => {
    whenSignInIsNeeded(() => setSession((before) => (before ? { ...before, needsSignIn: true, isSignedIn: false } : before)));
    load();
  }, []);
  if (problem) return <main class="sign-in"><ProblemNotice problem={problem}><Button onClick={load}>Try again</Button></ProblemNotice></main>;
  if (!session) return null;
  // Whoever opens the address of a new password sets it, whoever is signed in here.
  const hasLink = session.needsSignIn && location.pathname === '/sign-in' && new URLSearchParams(location.hash.slice(1)).has('link');
  if ((session.needsSignIn && !session.isSignedIn) || hasLink) return <SignIn onSignedIn={take} />;
  const signOut = () => {
    change('DELETE', '/session').then(load, (error: unknown) => setProblem(problemFrom(error)));
  };
  return <SessionContext.Provider value={{ session, signOut }}>{children}</SessionContext.Provider>;
}
