#include "console/session_routes.h"

#include <fmt/format.h>

#include "api/origin_guard.h"
#include "base/number.h"
#include "console/answer_tree.h"
#include "console/time_range.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::KeyScope;
using api::Route;
using api::RouteCall;
using format::Tree;

http::Response no_store(http::Response response) {
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Tree session_tree(std::string_view user, KeyScope scope, std::string_view csrf_token) {
  return Tree::map({{"needsSignIn", true},
                    {"isSignedIn", true},
                    {"user", user},
                    {"role", api::role_of(scope)},
                    {"csrfToken", text_or_null(csrf_token)}});
}

std::string cookie_of(const RouteCall& call, std::string_view token, std::int64_t max_age_s) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", api::kSessionCookie,
                     token, max_age_s, call.request.is_tls ? "; Secure" : "");
}

// The answer that makes a browser's session, or says what is wrong.
http::Response answer_sign_in(const SessionRooms& rooms, const RouteCall& call,
                              const std::string& who, const Result<api::BrowserSession>& session) {
  // Who has to wait is not written down again and again.
  const bool is_noted = session || session.error().code != ErrorCode::kBusy;
  const auto noted =
      !is_noted
          ? Result<void>()
          : rooms.audit->note({0, rooms.clock->now_ms(), session ? session->user : who,
                               session ? "sign-in" : "sign-in refused", "", call.request.peer});
  if (!session) {
    const int status = session.error().code == ErrorCode::kUnauthorized ? 401
                       : session.error().code == ErrorCode::kBusy       ? 429
                                                                        : 0;
    if (status == 0) {
      return api::problem_answer(session.error(), call.request_id);
    }
    auto response =
        api::problem_answer(status, status == 401 ? "Unauthorized" : "Too many requests",
                            session.error().message, call.request_id);
    if (status == 429) {
      response.headers.emplace_back("Retry-After", std::to_string(api::SignIn::kFailuresMs / 1000));
    }
    return response;
  }
  if (!noted) {
    return api::problem_answer(noted.error(), call.request_id);
  }
  auto response =
      no_store(json_answer(session_tree(session->user, session->scope, session->csrf_token)));
  response.headers.emplace_back("Set-Cookie",
                                cookie_of(call, session->token, api::SignIn::kIdleMs / 1000));
  return response;
}

tl::unexpected<Error> not_needed() {
  return fail(ErrorCode::kUsage,
              "this server asks nobody to sign in: it is started without keys, "
              "on loopback");
}

void add_signing(api::NativeApi& native, const SessionRooms& rooms) {
  Route get{"GET", "/api/v1/session", "Who is signed in."};
  get.is_open = true;
  get.answers = "needsSignIn, isSignedIn, user, role, csrfToken, hasUsers";
  get.run = [rooms](const RouteCall& call) -> Result<http::Response> {
    if (!rooms.requires_keys || call.request.is_local) {
      return no_store(json_answer(Tree::map({{"needsSignIn", false},
                                             {"isSignedIn", true},
                                             {"user", Tree()},
                                             {"role", "admin"},
                                             {"csrfToken", Tree()},
                                             {"hasUsers", false}})));
    }
    WEIR_ASSIGN_OR_RETURN(const auto users, rooms.sign_in->users());
    Tree tree = Tree::map({{"needsSignIn", true},
                           {"isSignedIn", false},
                           {"user", Tree()},
                           {"role", Tree()},
                           {"csrfToken", Tree()}});
    if (call.caller.is_verified) {
      std::string csrf_token;
      if (!call.caller.session_token.empty()) {
        WEIR_ASSIGN_OR_RETURN(const auto session, rooms.sign_in->find(call.caller.session_token));
        csrf_token = session ? session->csrf_token : "";
      }
      tree = session_tree(call.caller.name, call.caller.scope, csrf_token);
    }
    tree.set("hasUsers", !users.empty());
    return no_store(json_answer(tree));
  };
  native.add(std::move(get));

  Route sign_in{"POST", "/api/v1/session", "Signs a browser in, by a password or an access key."};
  sign_in.is_open = true;
  sign_in.members = {"user", "password", "key"};
  sign_in.answers = "as GET, and a cookie";
  sign_in.run = [rooms](const RouteCall& call) -> Result<http::Response> {
    if (!rooms.requires_keys) {
      return not_needed();
    }
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    WEIR_ASSIGN_OR_RETURN(const std::string user, read_text(body, "user"));
    WEIR_ASSIGN_OR_RETURN(const std::string password, read_text(body, "password"));
    WEIR_ASSIGN_OR_RETURN(const std::string key, read_text(body, "key"));
    if (key.empty() == user.empty()) {
      return fail(ErrorCode::kUsage, "give user and password, or key");
    }
    const std::string& peer = call.request.peer;
    if (!key.empty()) {
      return answer_sign_in(rooms, call, "key " + key.substr(0, key.find('.')),
                            rooms.sign_in->sign_in_by_key(key, peer));
    }
    return answer_sign_in(rooms, call, user, rooms.sign_in->sign_in(user, password, peer));
  };
  native.add(std::move(sign_in));

  Route first{"POST", "/api/v1/session/first",
              "Makes the first user, by the one-time token that the server printed."};
  first.is_open = true;
  first.members = {"token", "user", "password"};
  first.answers = "as GET, and a cookie";
  first.run = [rooms](const RouteCall& call) -> Result<http::Response> {
    if (!rooms.requires_keys) {
      return not_needed();
    }
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    WEIR_ASSIGN_OR_RETURN(const std::string token, read_text(body, "token"));
    WEIR_ASSIGN_OR_RETURN(const std::string user, read_text(body, "user"));
    WEIR_ASSIGN_OR_RETURN(const std::string password, read_text(body, "password"));
    return answer_sign_in(rooms, call, user,
                          rooms.sign_in->sign_in_first(token, user, password, call.request.peer));
  };
  native.add(std::move(first));

  Route link{"POST", "/api/v1/session/link",
             "Sets a user's password by a one-time token that an admin made, and signs in."};
  link.is_open = true;
  link.members = {"token", "password"};
  link.answers = "as GET, and a cookie";
  link.run = [rooms](const RouteCall& call) -> Result<http::Response> {
    if (!rooms.requires_keys) {
      return not_needed();
    }
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    WEIR_ASSIGN_OR_RETURN(const std::string token, read_text(body, "token"));
    WEIR_ASSIGN_OR_RETURN(const std::string password, read_text(body, "password"));
    return answer_sign_in(rooms, call, "a one-time address",
                          rooms.sign_in->sign_in_by_link(token, password, call.request.peer));
  };
  native.add(std::move(link));

  Route sign_out{"DELETE", "/api/v1/session", "Signs the browser out."};
  sign_out.answers = "isSignedIn";
  sign_out.run = [rooms](const RouteCall& call) -> Result<http::Response> {
    if (call.caller.session_token.empty()) {
      return fail(ErrorCode::kUsage, "there is no session to end");
    }
    WEIR_RETURN_IF_ERROR(rooms.sign_in->sign_out(call.caller.session_token));
    WEIR_RETURN_IF_ERROR(rooms.audit->note(
        {0, rooms.clock->now_ms(), call.caller.name, "sign-out", "", call.request.peer}));
    auto response = no_store(json_answer(Tree::map({{"isSignedIn", false}})));
    response.headers.emplace_back("Set-Cookie", cookie_of(call, "", 0));
    return response;
  };
  native.add(std::move(sign_out));
}

Result<KeyScope> read_role(const std::string& text) {
  const auto scope = api::parse_role(text);
  return scope ? Result<KeyScope>(*scope)
               : fail(ErrorCode::kUsage, "role is viewer, operator, responder or admin");
}

// A new user's where there is none yet.
Result<KeyScope> role_now(const api::SignIn& sign_in, const std::string& name) {
  WEIR_ASSIGN_OR_RETURN(const auto users, sign_in.users());
  for (const api::User& user : users) {
    if (user.name == name) {
      return user.scope;
    }
  }
  return KeyScope::kRead;
}

void add_users(api::NativeApi& native, const SessionRooms& rooms) {
  Route list{"GET", "/api/v1/users", "Who has a password."};
  list.scope = KeyScope::kAdmin;
  list.answers = "users: name, role, createdMs, hasPassword";
  list.run = [rooms](const RouteCall& /*call*/) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto users, rooms.sign_in->users());
    Tree rows = Tree::list();
    for (const api::User& user : users) {
      rows.push(Tree::map({{"name", user.name},
                           {"role", api::role_of(user.scope)},
                           {"createdMs", user.created_ms},
                           {"hasPassword", user.has_password}}));
    }
    return json_answer(Tree::map({{"users", std::move(rows)}}));
  };
  native.add(std::move(list));

  // Where nobody signs in, anybody on this machine is admin: users that last are not theirs to
  // make.
  const auto check_caller = [](const RouteCall& call) -> Result<void> {
    return call.caller.is_verified || call.request.is_local ? Result<void>() : not_needed();
  };
  Route put{"PUT", "/api/v1/users/{name}",
            "Makes a user, or gives another role, and another password where one is given."};
  put.scope = KeyScope::kAdmin;
  put.members = {"password", "role"};
  put.answers = "name, role";
  put.run = [rooms, check_caller](const RouteCall& call) -> Result<http::Response> {
    WEIR_RETURN_IF_ERROR(check_caller(call));
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    WEIR_ASSIGN_OR_RETURN(const std::string password, read_text(body, "password"));
    WEIR_ASSIGN_OR_RETURN(const std::string role, read_text(body, "role"));
    const std::string& name = call.parameters.front();
    WEIR_ASSIGN_OR_RETURN(const KeyScope scope,
                          role.empty() ? role_now(*rooms.sign_in, name) : read_role(role));
    WEIR_RETURN_IF_ERROR(rooms.sign_in->put_user(
        name, body.has("password") ? std::optional<std::string_view>(password) : std::nullopt,
        scope));
    WEIR_RETURN_IF_ERROR(
        rooms.audit->note({0, rooms.clock->now_ms(), call.caller.name, "put user",
                           fmt::format("{} as {}{}", name, api::role_of(scope),
                                       body.has("password") ? ", with a password" : ""),
                           call.request.peer}));
    return json_answer(Tree::map({{"name", name}, {"role", api::role_of(scope)}}));
  };
  native.add(std::move(put));

  Route link{"POST", "/api/v1/users/{name}/link",
             "A path by which the user sets a password, once; the one before is void then."};
  link.scope = KeyScope::kAdmin;
  link.answers = "path, untilMs";
  link.run = [rooms, check_caller](const RouteCall& call) -> Result<http::Response> {
    WEIR_RETURN_IF_ERROR(check_caller(call));
    const std::string& name = call.parameters.front();
    WEIR_ASSIGN_OR_RETURN(const auto made, rooms.sign_in->make_link(name));
    WEIR_RETURN_IF_ERROR(rooms.audit->note({0, rooms.clock->now_ms(), call.caller.name,
                                            "make password link", name, call.request.peer}));
    // Behind '#': it reaches no log of any server or proxy.
    return no_store(json_answer(
        Tree::map({{"path", "/sign-in#link=" + made.token}, {"untilMs", made.until_ms}})));
  };
  native.add(std::move(link));

  Route remove{"DELETE", "/api/v1/users/{name}", "Removes a user, and the user's sessions."};
  remove.scope = KeyScope::kAdmin;
  remove.answers = "removed";
  remove.run = [rooms, check_caller](const RouteCall& call) -> Result<http::Response> {
    WEIR_RETURN_IF_ERROR(check_caller(call));
    const std::string& name = call.parameters.front();
    WEIR_ASSIGN_OR_RETURN(const bool was_there, rooms.sign_in->remove_user(name));
    if (!was_there) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no user '{}'", name));
    }
    WEIR_RETURN_IF_ERROR(rooms.audit->note(
        {0, rooms.clock->now_ms(), call.caller.name, "remove user", name, call.request.peer}));
    return json_answer(Tree::map({{"removed", name}}));
  };
  native.add(std::move(remove));
}

void add_audit(api::NativeApi& native, const SessionRooms& rooms) {
  Route audit{"GET", "/api/v1/audit", "Who did what, newest first."};
  audit.scope = KeyScope::kAdmin;
  audit.arguments = {"cursor", "limit"};
  audit.answers = "entries: timeMs, who, action, what, peer; cursor";
  audit.run = [rooms](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto limit, read_number(call, "limit", 100, 1, 1'000));
    const auto cursor = call.argument("cursor");
    const auto before = cursor ? parse_int64(*cursor) : std::nullopt;
    if (cursor && !before) {
      return fail(ErrorCode::kUsage, "cursor is to be one that a page before gave");
    }
    WEIR_ASSIGN_OR_RETURN(const auto entries,
                          rooms.audit->list(before, static_cast<std::size_t>(limit) + 1));
    Tree rows = Tree::list();
    Tree next;
    for (const api::AuditEntry& entry : entries) {
      if (static_cast<std::int64_t>(rows.items().size()) == limit) {
        next = std::to_string(entry.id + 1);
        break;
      }
      rows.push(Tree::map({{"timeMs", entry.time_ms},
                           {"who", entry.who},
                           {"action", entry.action},
                           {"what", entry.what},
                           {"peer", entry.peer}}));
    }
    return json_answer(Tree::map({{"entries", std::move(rows)}, {"cursor", std::move(next)}}));
  };
  native.add(std::move(audit));
}

}  // namespace

void add_session_routes(api::NativeApi& native, const SessionRooms& rooms) {
  add_signing(native, rooms);
  add_users(native, rooms);
  add_audit(native, rooms);
}

}  // namespace weir::console
