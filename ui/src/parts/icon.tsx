// Line icons of 16 by 16, drawn for Weir.
const PATHS = {
  overview: 'M2 2h5v5H2zM9 2h5v3H9zM9 7h5v7H9zM2 9h5v5H2z',
  explore: 'M2 2v12h12M4.5 11l3-4 2.5 2L14 4',
  flows: 'M2 4h9l-2-2M11 4L9 6M14 12H5l2-2M5 12l2 2',
  query: 'M2 3l4 4-4 4M8 12h6',
  map: 'M3 3h3v3H3zM10 2h3v3h-3zM10 11h3v3h-3zM6 5l4-1M5 6l5 6',
  metrics: 'M2 14V9M6 14V4M10 14V7M14 14V2',
  alarms: 'M8 2a4 4 0 0 1 4 4c0 4 1.5 5 1.5 5h-11S4 10 4 6a4 4 0 0 1 4-4zM6.5 13.5h3',
  dashboards: 'M2 2h12v12H2zM2 6h12M8 6v8',
  system: 'M2 3h12v4H2zM2 9h12v4H2zM4.5 5h.01M4.5 11h.01',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5',
  left: 'M10 3L5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3 6l5 5 5-5',
  zoomOut: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zM10.7 10.7L14 14M5 7h4',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M3 3l10 10M13 3L3 13',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.5 6.5h.01M9 6.5h.01M11.5 6.5h.01M5 9.5h6',
  download: 'M8 2v8M4.5 7L8 10.5 11.5 7M2 13.5h12',
  upload: 'M8 10.5V2.5M4.5 5.5L8 2l3.5 3.5M2 13.5h12',
  copy: 'M5 5h8v9H5zM3 11V2h7',
  pause: 'M5 3v10M11 3v10',
  play: 'M4 3l9 5-9 5z',
  filter: 'M2 3h12L9.5 8.5V13l-3 1V8.5z',
  star: 'M8 2l1.9 4 4.1.5-3 3 .8 4.3L8 11.7l-3.8 2.1.8-4.3-3-3 4.1-.5z',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.2V11M8 5h.01',
  columns: 'M2 3h12v10H2zM6 3v10M10 3v10',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  plus: 'M8 3v10M3 8h10',
  trash: 'M3 4h10M6 4V2.5h4V4M4.5 4l.5 9.5h6l.5-9.5',
  edit: 'M2.5 13.5l.7-3L10.5 3l2.5 2.5-7.4 7.3z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
