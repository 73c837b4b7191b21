import { useNavigation } from '../../app/place';
import { asObject, type JsonObject } from '../../dashboard/json';
import { decodeName } from '../dashboards/decode_name';
import { AlarmEditor } from './alarm_editor';
import { AlarmList } from './alarm_list';
import { AlarmView } from './alarm_view';

const PREFIX = '/alarms/';

function draftOf(text: string | undefined): JsonObject {
  try {
    return asObject(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

export default function Alarms() {
  const { place, set, go } = useNavigation();
  const { parameters } = place;
  const kind = parameters['new'];
  if (place.path.startsWith(PREFIX)) {
    const name = decodeName(place.path.slice(PREFIX.length));
    return <AlarmView key={name} name={name} region={parameters['region']} />;
  }
  return (
    <>
      <AlarmList />
      {(kind === 'metric' || kind === 'composite') && (
        <AlarmEditor
          kind={kind}
          draft={draftOf(parameters['draft'])}
          region={parameters['region']}
          isNew
          onClose={() => set({ new: undefined, draft: undefined, region: undefined }, 'replace')}
          onStored={(name, region) => go(`/alarms/${encodeURIComponent(name)}`, region === undefined ? {} : { region })}
        />
      )}
    </>
  );
}
