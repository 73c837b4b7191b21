#pragma once

#include <functional>

#include "app/ingest_request.h"
#include "base/result.h"
#include "cli/environment.h"
#include "cli/server_link.h"

namespace weir::cli {

// What follow_directories() does, where a server has the store: watches the directories here, and
// hands what is there, then what is written or moved into them, to the server. Ends well when
// interrupted. `told` gets each answer.
[[nodiscard]] Result<void> follow_through_server(
    const ServerLink& server, app::IngestRequest request, Environment& environment,
    const std::function<void(const format::Tree& answer)>& told);

}  // namespace weir::cli
