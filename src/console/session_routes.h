#pragma once

#include "api/audit_log.h"
#include "api/native_api.h"
#include "api/sign_in.h"
#include "base/clock.h"

namespace weir::console {

// Who is signed in, users and the audit log. All outlive the routes.
struct SessionRooms {
  api::SignIn* sign_in = nullptr;
  api::AuditLog* audit = nullptr;
  const Clock* clock = nullptr;
  bool requires_keys = false;
};
void add_session_routes(api::NativeApi& native, const SessionRooms& rooms);

}  // namespace weir::console
