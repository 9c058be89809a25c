//===- RequestParser.cpp - Bytes of a connection to a request -------------===//

#include "runtime/http/RequestParser.h"

#include "runtime/http/KeyCheck.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace g4rt {

namespace asio = boost::asio;
namespace http = boost::beast::http;

RequestParser::RequestParser(const HttpLimits &limits, BodyRoom room)
    : limits_(limits), room_(std::move(room)), check_(limits_) {}

void RequestParser::fail(ApiError error) {
  error_ = std::move(error);
  state_ = State::Failed;
}

RequestParser::State RequestParser::feed(std::string &input) {
  if (state_ == State::Header)
    feedHeader(input);
  if (state_ == State::Body)
    feedBody(input);
  return state_;
}

//===----------------------------------------------------------------------===//
// The header
//===----------------------------------------------------------------------===//

// The first byte that is wrong decides, in whatever piece it comes.
void RequestParser::feedHeader(std::string &input) {
  size_t done = 0;
  while (state_ == State::Header) {
    // What a line may have, its CR LF included.
    size_t most = limits_.maxHeaderBytes - header_.size();
    bool isLineTooLong = header_.empty() && kMaxRequestLineBytes + 2 < most;
    if (isLineTooLong)
      most = kMaxRequestLineBytes + 2;
    std::string_view rest = std::string_view(input).substr(done);
    size_t end = rest.find('\n');
    if (std::min(end, rest.size() - 1) >= most && !rest.empty()) {
      fail(
          isLineTooLong
              ? ApiError{ErrorKind::UriTooLong, "the request line is too long"}
              : ApiError{ErrorKind::HeaderTooLarge, "the header is too large"});
      break;
    }
    if (end == rest.npos)
      break;
    done += end + 1;
    if (end == 0 || rest[end - 1] != '\r')
      fail({ErrorKind::BadFraming, "header: a line needs to end with CR LF"});
    else
      onHeaderLine(rest.substr(0, end - 1));
  }
  input.erase(0, done);
}

void RequestParser::onHeaderLine(std::string_view line) {
  // An empty line before a request is allowed: RFC 9112, 2.2.
  if (line.empty() && header_.empty())
    return;
  (header_ += line) += "\r\n";
  auto problem = line.empty() ? check_.finish() : check_.addLine(line);
  if (problem)
    return fail(*std::move(problem));
  if (line.empty())
    parseHeader();
}

void RequestParser::parseHeader() {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<uint32_t>(limits_.maxHeaderBytes));
  parser.skip(true); // the body, if there is one
  parser.eager(true);
  boost::beast::error_code error;
  size_t consumed =
      parser.put(asio::buffer(header_.data(), header_.size()), error);
  if (error || consumed != header_.size() || !parser.is_done())
    return fail({ErrorKind::BadFraming, "the request is not well-formed HTTP"});
  const auto &message = parser.get();
  std::string_view target = message.target();
  std::string_view key =
      keyOfFields(message[http::field::authorization], message["X-Api-Key"]);
  size_t pathEnd = std::min(target.find('?'), target.size());
  std::string_view query = target.substr(pathEnd);
  request_ = {.method = std::string(message.method_string()),
              .path = std::string(target.substr(0, pathEnd)),
              .query = std::string(query.substr(!query.empty())),
              .host = std::string(message[http::field::host]),
              .origin = std::string(message[http::field::origin]),
              .timeout = std::string(message["X-Request-Timeout"]),
              .wantedMethod = std::string(
                  message[http::field::access_control_request_method]),
              .wantedHeaders = std::string(
                  message[http::field::access_control_request_headers]),
              .key = std::string(key),
              .keepAlive = message.keep_alive(),
              .isHttp11 = message.version() == 11};
  header_ = {};
  beginBody();
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

void RequestParser::beginBody() {
  uint64_t length = check_.contentLength();
  if (length > limits_.maxBodyBytes)
    return fail({ErrorKind::TooLarge, "the body is too large"});
  if (check_.isChunked())
    chunks_.emplace(limits_,
                    [this](std::string_view data) { return append(data); });
  bool hasBody = chunks_ || length > 0;
  if (auto refusal = length > 0 ? takeRoom(length) : std::nullopt)
    return fail(*std::move(refusal));
  expectsContinue_ = hasBody && check_.expectsContinue();
  state_ = hasBody ? State::Body : State::Done;
}

std::optional<ApiError> RequestParser::takeRoom(size_t numBytes) {
  if (auto refusal = room_ ? room_(request_, numBytes) : std::nullopt)
    return refusal;
  request_.body.reserve(numBytes);
  return {};
}

// Of a body in chunks the size is not known: it grows in few large steps.
std::optional<ApiError> RequestParser::append(std::string_view data) {
  size_t size = request_.body.size() + data.size();
  if (size > request_.body.capacity()) {
    size_t room = std::max<size_t>(size, size_t{64} << 10);
    if (request_.body.size() > 0)
      room = std::max(room, 4 * request_.body.capacity());
    if (auto refusal = takeRoom(std::min(room, limits_.maxBodyBytes)))
      return refusal;
  }
  request_.body += data;
  return {};
}

void RequestParser::feedBody(std::string &input) {
  if (chunks_) {
    input.erase(0, chunks_->feed(input));
    if (chunks_->error())
      return fail(*chunks_->error());
    if (chunks_->isDone())
      state_ = State::Done;
    return;
  }
  size_t left = check_.contentLength() - request_.body.size();
  request_.body.append(input, 0, left);
  input.erase(0, left);
  if (request_.body.size() == check_.contentLength())
    state_ = State::Done;
}

HttpRequest RequestParser::take() { return std::move(request_); }

} // namespace g4rt
