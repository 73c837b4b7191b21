import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/chart.css';
import './styles/system.css';
import './styles/screens.css';
import './styles/dashboards.css';
import { render } from 'preact';
import { PlaceProvider } from './app/place';
import { PreferencesProvider } from './app/preferences';
import { SessionGate } from './app/session';
import { Shell } from './app/shell';
import { TimeProvider } from './app/time';
import { ToastProvider } from './parts/toast';

render(
  <PreferencesProvider>
    <ToastProvider>
      <SessionGate>
        <PlaceProvider>
          <TimeProvider>
            <Shell />
          </TimeProvider>
        </PlaceProvider>
      </SessionGate>
    </ToastProvider>
  </PreferencesProvider>,
  document.getElementById('weir')!,
);
