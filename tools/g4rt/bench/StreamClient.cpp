//===- StreamClient.cpp - A streamed chat, timed --------------------------===//

#include "tools/g4rt/bench/StreamClient.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <tuple>
#include <utility>

namespace g4rt {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

/// A result with its error code in place of an exception.
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

Result<ServerAddress> parseServerUrl(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme))
    return Status(StatusCode::InvalidArgument,
                  "--url " + std::string(url) +
                      ": needs http://HOST:PORT; https is not spoken");
  url.remove_prefix(kScheme.size());
  size_t slash = std::min(url.find('/'), url.size());
  std::string_view place = url.substr(0, slash);
  ServerAddress server{.port = "80", .prefix = std::string(url.substr(slash))};
  while (server.prefix.ends_with('/'))
    server.prefix.pop_back();
  if (size_t colon = place.rfind(':');
      colon != place.npos && place.find(']', colon) == place.npos) {
    server.port = place.substr(colon + 1);
    place = place.substr(0, colon);
  }
  if (place.starts_with('[') && place.ends_with(']'))
    place = place.substr(1, place.size() - 2);
  server.host = place;
  return server;
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

/// The text that a chunk of a chat adds: an answer's, a thought's, a call's.
static bool hasText(const json::value &chunk) {
  json::error_code error;
  const json::value *delta = chunk.find_pointer("/choices/0/delta", error);
  const json::object *object = delta ? delta->if_object() : nullptr;
  if (!object)
    return false;
  for (std::string_view key : {"content", "reasoning_content", "reasoning"})
    if (const json::value *text = object->if_contains(key);
        text && text->is_string() && !text->get_string().empty())
      return true;
  return object->contains("tool_calls");
}

static int64_t countAt(const json::value &chunk, const char *pointer) {
  json::error_code error;
  const json::value *count = chunk.find_pointer(pointer, error);
  return count && count->is_int64() ? count->get_int64() : 0;
}

static std::string errorText(std::string_view body) {
  auto value = parseJson(body);
  json::error_code error;
  const json::value *message =
      value ? value->find_pointer("/error/message", error) : nullptr;
  return message && message->is_string() ? std::string(message->get_string())
                                         : std::string(body.substr(0, 200));
}

void AnswerEvents::append(std::string_view bytes, double seconds,
                          RequestTiming &timing) {
  rest_ += bytes;
  for (size_t end; (end = rest_.find("\n")) != std::string::npos;) {
    std::string_view line = std::string_view(rest_).substr(0, end);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.starts_with("data:")) {
      line.remove_prefix(5);
      if (line.starts_with(' '))
        line.remove_prefix(1);
      takeEvent(line, seconds, timing);
    }
    rest_.erase(0, end + 1);
  }
}

void AnswerEvents::takeEvent(std::string_view data, double seconds,
                             RequestTiming &timing) {
  if (data == "[DONE]") {
    isDone_ = true;
    return;
  }
  auto chunk = parseJson(data);
  if (!chunk || !chunk->is_object()) {
    timing.error = "an event that is no JSON object";
    return;
  }
  if (chunk->get_object().contains("error"))
    timing.error = errorText(data);
  if (int64_t count = countAt(*chunk, "/usage/completion_tokens")) {
    timing.numAnswerTokens = count;
    timing.numPromptTokens = countAt(*chunk, "/usage/prompt_tokens");
  }
  if (!hasText(*chunk))
    return;
  if (std::exchange(hasText_, true))
    timing.interTokenLatencies.push_back(seconds - timing.end);
  else
    timing.timeToFirstToken = seconds - timing.start;
  timing.end = seconds;
}

void AnswerEvents::finish(RequestTiming &timing) const {
  if (!timing.error.empty())
    return;
  if (!isDone_)
    timing.error = "the answer was cut off";
  else if (!hasText_)
    timing.error = "the answer has no text";
  // A server that says no usage: each piece of text is taken for a token.
  if (timing.numAnswerTokens == 0)
    timing.numAnswerTokens =
        static_cast<int64_t>(timing.interTokenLatencies.size()) + hasText_;
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

static http::request<http::string_body> requestOf(http::verb verb,
                                                  const ServerAddress &server,
                                                  std::string_view path,
                                                  std::string body) {
  http::request<http::string_body> request(
      verb, server.prefix + std::string(path), 11, std::move(body));
  request.set(http::field::host, server.host + ":" + server.port);
  request.set(http::field::connection, "close");
  if (verb == http::verb::post)
    request.set(http::field::content_type, "application/json");
  if (!server.apiKey.empty())
    request.set(http::field::authorization, "Bearer " + server.apiKey);
  request.prepare_payload();
  return request;
}

using Parser = http::response_parser<http::string_body>;

/// The body, piece by piece, to `onPiece`; returns the error that ended it.
template <typename OnPiece>
static asio::awaitable<error_code>
exchange(tcp::socket &socket, const ServerAddress &server,
         http::request<http::string_body> request, Parser &parser,
         OnPiece onPiece) {
  tcp::resolver resolver(socket.get_executor());
  error_code resolveError;
  // Names are asked for on another thread, whose start would count as the
  // server's time; an address in numbers needs none.
  auto places = resolver.resolve(server.host, server.port,
                                 tcp::resolver::numeric_host, resolveError);
  if (resolveError)
    std::tie(resolveError, places) =
        co_await resolver.async_resolve(server.host, server.port, kTuple);
  if (resolveError)
    co_return resolveError;
  auto [connectError, place] =
      co_await asio::async_connect(socket, places, kTuple);
  if (connectError)
    co_return connectError;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  auto [writeError, numSent] =
      co_await http::async_write(socket, request, kTuple);
  if (writeError)
    co_return writeError;
  boost::beast::flat_buffer buffer;
  parser.body_limit(boost::none);
  while (!parser.is_done()) {
    auto [readError, numRead] =
        co_await http::async_read_some(socket, buffer, parser, kTuple);
    onPiece(parser);
    if (readError == http::error::end_of_stream && parser.is_done())
      break;
    if (readError)
      co_return readError;
  }
  co_return error_code();
}

asio::awaitable<RequestTiming>
askStream(const ServerAddress &server, std::string body,
          std::chrono::steady_clock::time_point begin) {
  auto now = [begin] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         begin)
        .count();
  };
  tcp::socket socket(co_await asio::this_coro::executor);
  RequestTiming timing{.start = now()};
  timing.end = timing.start;
  AnswerEvents events;
  Parser parser;
  auto onPiece = [&](Parser &parser) {
    if (!parser.is_header_done() || parser.get().result_int() != 200)
      return;
    events.append(std::exchange(parser.get().body(), {}), now(), timing);
  };
  error_code error =
      co_await exchange(socket, server,
                        requestOf(http::verb::post, server,
                                  "/v1/chat/completions", std::move(body)),
                        parser, onPiece);
  if (error)
    timing.error = error.message();
  else if (unsigned status = parser.get().result_int(); status != 200)
    timing.error = "HTTP " + std::to_string(status) + ": " +
                   errorText(parser.get().body());
  else
    events.finish(timing);
  if (!timing.isWhole())
    timing.end = now();
  co_return timing;
}

Result<json::value> getJson(const ServerAddress &server,
                            std::string_view path) {
  asio::io_context loop;
  tcp::socket socket(loop);
  Parser parser;
  std::optional<error_code> error;
  asio::co_spawn(
      loop,
      exchange(socket, server, requestOf(http::verb::get, server, path, {}),
               parser, [](Parser &) {}),
      [&](std::exception_ptr, error_code result) { error = result; });
  loop.run();
  auto failed = [&](const std::string &what) {
    return Status(StatusCode::Unavailable, "asking " + server.host + ":" +
                                               server.port + std::string(path) +
                                               ": " + what);
  };
  if (!error || *error)
    return failed(error ? error->message() : "no answer");
  if (unsigned status = parser.get().result_int(); status != 200)
    return failed("HTTP " + std::to_string(status) + ": " +
                  errorText(parser.get().body()));
  auto value = parseJson(parser.get().body());
  return value ? value : failed(value.error().message());
}

} // namespace g4rt
