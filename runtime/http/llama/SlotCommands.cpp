//===- SlotCommands.cpp - Slots saved, restored and erased ----------------===//

#include "runtime/http/llama/SlotCommands.h"

#include "runtime/http/openai/AnswerErrors.h"
#include "runtime/http/openai/RequestBody.h"

#include <charconv>
#include <optional>

namespace g4rt {

static std::optional<SlotAction> actionOf(std::string_view query) {
  if (query == "action=save")
    return SlotAction::Save;
  if (query == "action=restore")
    return SlotAction::Restore;
  if (query == "action=erase")
    return SlotAction::Erase;
  return std::nullopt;
}

static Result<std::string> fileNameOf(std::string_view body) {
  G4RT_ASSIGN(RequestBody request, RequestBody::parse(body));
  G4RT_ASSIGN(FieldReader fields, request.fields());
  return fields.neededString("filename");
}

/// The command of POST /slots/{id}?action=... Errors: InvalidArgument.
static Result<SlotCommand> commandOf(const HttpRequest &request) {
  constexpr std::string_view kFolder = "/slots/";
  SlotCommand command;
  std::string_view number = request.path;
  number.remove_prefix(kFolder.size());
  const char *end = number.data() + number.size();
  auto [rest, error] = std::from_chars(number.data(), end, command.slot);
  if (error != std::errc() || rest != end)
    return Status(StatusCode::InvalidArgument,
                  "id_slot: needs the number of a slot");
  auto action = actionOf(request.query);
  if (!action)
    return Status(StatusCode::InvalidArgument,
                  "action: needs save, restore or erase");
  command.action = *action;
  if (command.action != SlotAction::Erase) {
    G4RT_ASSIGN(command.file, fileNameOf(request.body));
  }
  return command;
}

static json::object bodyOf(const SlotCommand &command,
                           const SlotReport &report) {
  json::object body{{"id_slot", command.slot}};
  if (command.action == SlotAction::Erase) {
    body["n_erased"] = report.numTokens;
    return body;
  }
  bool isSave = command.action == SlotAction::Save;
  body["filename"] = command.file;
  body[isSave ? "n_saved" : "n_restored"] = report.numTokens;
  body[isSave ? "n_written" : "n_read"] = report.bytes;
  body["timings"] =
      json::object{{isSave ? "save_ms" : "restore_ms", report.seconds * 1e3}};
  return body;
}

/// What a client is told of a file that is of no use: all but its path.
static ApiError errorOfSlot(const SlotCommand &command, const Status &error,
                            const Engine &engine) {
  switch (error.code()) {
  case StatusCode::NotFound:
    return {ErrorKind::InvalidValue,
            "filename: there is no such session: " + command.file, "filename"};
  case StatusCode::DataLoss:
    return {ErrorKind::InvalidValue,
            "filename: damaged, or of another model or version: " +
                command.file,
            "filename"};
  case StatusCode::ResourceExhausted:
    return {ErrorKind::Internal, "the session could not be written"};
  default:
    return errorOfSubmit(error, engine);
  }
}

static void run(Engine &engine, const Call &call) {
  auto command = commandOf(call->request());
  if (!command)
    return call->respond(errorOf(command.error()));
  engine.run(
      *command, [&engine, call, command = *command](const SlotReport &report) {
        // On the engine's thread, which does not write to sockets.
        call->post([&engine, call, command, report] {
          if (!report.error.ok())
            return call->respond(errorOfSlot(command, report.error, engine));
          call->respond(
              HttpResponse{.body = json::serialize(bodyOf(command, report))});
        });
      });
}

Route slotCommandRoute(Engine &engine) {
  return {"POST", "/slots/", Access::Admin, RunOn::Worker,
          [&engine](const Call &call) { run(engine, call); }};
}

} // namespace g4rt
