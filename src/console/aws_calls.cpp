#include "console/aws_calls.h"

#include <algorithm>

namespace weir::console {
namespace {

using format::Tree;

const api::OperationShape* find_shape(const api::Gateway& gateway, std::string_view operation) {
  for (const auto& service : gateway.services()) {
    if (service->name == "CloudWatch") {
      return service->shapes.find(operation);
    }
  }
  return nullptr;
}

std::vector<std::string> names_of(const api::Shape* shape) {
  std::vector<std::string> names;
  if (shape != nullptr) {
    for (const api::Member& member : shape->members) {
      names.push_back(member.name);
    }
  }
  return names;
}

}  // namespace

std::string AwsCalls::region(const api::RouteCall& call) const {
  const auto given = call.argument("region");
  return given && !given->empty() ? *given : gateway_.options().region;
}

std::string AwsCalls::scope(const api::RouteCall& call) const {
  return gateway_.options().account + "/" + region(call);
}

api::Outcome AwsCalls::run(std::string_view operation, const api::RouteCall& call,
                           const Tree& input) const {
  api::Call aws_call;
  aws_call.region = region(call);
  aws_call.key_id = call.caller.name;
  aws_call.request_id = call.request_id;
  aws_call.peer = call.request.peer;
  return gateway_.invoke("CloudWatch", operation, std::move(aws_call), input);
}

std::vector<std::string> AwsCalls::members(std::string_view operation) const {
  const api::OperationShape* shape = find_shape(gateway_, operation);
  return names_of(shape == nullptr ? nullptr : shape->input);
}

std::vector<std::string> AwsCalls::listed_members(std::string_view operation,
                                                  std::string_view list) const {
  const api::OperationShape* shape = find_shape(gateway_, operation);
  if (shape == nullptr || shape->output == nullptr) {
    return {};
  }
  const auto& members = shape->output->members;
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const api::Member& member) { return member.name == list; });
  return names_of(found == members.end() ? nullptr : found->shape->item);
}

http::Response problem_of(const api::ApiError& error, const api::RouteCall& call) {
  const bool is_unknown = error.code.starts_with("ResourceNotFound");
  const int status = is_unknown ? 404 : error.status;
  std::string detail = error.message;
  while (detail.ends_with('\n')) {
    detail.pop_back();
  }
  if (detail.empty()) {
    detail = is_unknown ? "there is nothing of that name" : error.code;
  }
  return api::problem_answer(status, error.code, detail, call.request_id);
}

Tree plain_tree(const Tree& tree) {
  if (tree.is_time()) {
    return tree.time_ms();
  }
  if (tree.is_list()) {
    Tree list = Tree::list();
    for (const Tree& item : tree.items()) {
      list.push(plain_tree(item));
    }
    return list;
  }
  if (tree.is_map()) {
    Tree map = Tree::map();
    for (const auto& [name, value] : tree.members()) {
      map.append(name, plain_tree(value));
    }
    return map;
  }
  return tree;
}

}  // namespace weir::console
