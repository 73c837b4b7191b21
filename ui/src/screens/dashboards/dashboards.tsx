import { useNavigation } from '../../app/place';
import { decodeName } from './decode_name';
import { DashboardList } from './dashboard_list';
import { DashboardView } from './dashboard_view';

const PREFIX = '/dashboards/';

export default function Dashboards() {
  const { place } = useNavigation();
  if (!place.path.startsWith(PREFIX)) return <DashboardList />;
  const name = decodeName(place.path.slice(PREFIX.length));
  return <DashboardView key={name} name={name} />;
}
