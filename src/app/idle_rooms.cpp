#include "app/idle_rooms.h"

#include <fmt/format.h>

#include "app/configuration.h"

namespace weir::app {

Result<std::unique_ptr<IdleRooms>> IdleRooms::open(io::FileSystem& files, const Clock& clock,
                                                   const std::string& directory) {
  if (!files.exists(directory + "/state.db")) {
    return fail(ErrorCode::kNotFound,
                fmt::format("{} holds no server's state: weir serve --data {} makes it", directory,
                            directory));
  }
  std::unique_ptr<IdleRooms> rooms(new IdleRooms());
  WEIR_ASSIGN_OR_RETURN(rooms->store_, store::Store::open(files, clock, directory));
  WEIR_ASSIGN_OR_RETURN(rooms->database_, state::Database::open(directory + "/state.db"));
  WEIR_RETURN_IF_ERROR(io::make_durable_directory(files, directory + "/metrics"));
  metric::MetricOpenReport report;
  WEIR_ASSIGN_OR_RETURN(
      rooms->metrics_, metric::MetricStore::open(files, directory + "/metrics", clock, {}, report));
  rooms->bands_ = std::make_unique<alarm::AnomalyModels>(*rooms->metrics_, clock);
  WEIR_ASSIGN_OR_RETURN(rooms->table_, alarm::AlarmTable::open(directory + "/state.db"));
  WEIR_ASSIGN_OR_RETURN(
      rooms->engine_,
      alarm::AlarmEngine::open(*rooms->metrics_, rooms->bands_.get(), *rooms->table_, clock));
  rooms->reports_ = std::make_unique<AlarmReports>(*rooms->engine_, *rooms->metrics_,
                                                   *rooms->bands_, clock, Configuration().account);
  return rooms;
}

}  // namespace weir::app
