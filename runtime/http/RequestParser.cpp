//===- RequestParser.cpp - Bytes of a connection to a request -------------===//

#include "runtime/http/RequestParser.h"

#include "runtime/http/HeaderCheck.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace g4rt {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using BeastError = boost::beast::error_code;

struct RequestParser::Body {
  http::request_parser<http::string_body> parser;
};

RequestParser::RequestParser(const HttpLimits &limits)
    : limits_(limits), body_(std::make_unique<Body>()) {
  body_->parser.header_limit(static_cast<uint32_t>(limits.maxHeaderBytes));
  body_->parser.body_limit(limits.maxBodyBytes);
  body_->parser.eager(true);
}

RequestParser::~RequestParser() = default;

RequestParser::State RequestParser::fail(ApiError error) {
  error_ = std::move(error);
  return state_ = State::Failed;
}

static ApiError errorOfBeast(const BeastError &error) {
  if (error == http::error::body_limit || error == http::error::buffer_overflow)
    return {ErrorKind::TooLarge, "the body is too large"};
  if (error == http::error::header_limit)
    return {ErrorKind::HeaderTooLarge, "the header is too large"};
  return {ErrorKind::BadFraming, "the request is not well-formed HTTP"};
}

RequestParser::State RequestParser::feed(std::string &input) {
  if (state_ == State::Header)
    feedHeader(input);
  if (state_ == State::Body)
    feedBody(input);
  return state_;
}

RequestParser::State RequestParser::feedHeader(std::string &input) {
  // An empty line before a request is allowed: RFC 9112, 2.2.
  while (input.starts_with("\r\n")) {
    input.erase(0, 2);
    searched_ = 0;
  }
  size_t end = input.find("\r\n\r\n", searched_);
  if (std::min(end, input.size()) > limits_.maxHeaderBytes)
    return fail(
        input.find('\n') > kMaxRequestLineBytes
            ? ApiError{ErrorKind::UriTooLong, "the request line is too long"}
            : ApiError{ErrorKind::HeaderTooLarge, "the header is too large"});
  if (end != input.npos)
    return readHeader(input, end + 4);
  // A bare LF can end no line here: refuse it now, not after the time limit.
  for (size_t i = searched_; i < input.size(); ++i)
    if (input[i] == '\n' && (i == 0 || input[i - 1] != '\r'))
      return fail(
          {ErrorKind::BadFraming, "header: a line needs to end with CR LF"});
  searched_ = input.size() < 3 ? 0 : input.size() - 3;
  return state_;
}

RequestParser::State RequestParser::readHeader(std::string &input,
                                               size_t size) {
  std::string_view header = std::string_view(input).substr(0, size);
  if (auto problem = checkHeader(header.substr(0, size - 2), limits_))
    return fail(*std::move(problem));
  BeastError error;
  // Sees the header alone, so that what it consumes is the header.
  size_t consumed =
      body_->parser.put(asio::buffer(header.data(), header.size()), error);
  if (error == http::error::need_more)
    error = {};
  if (error)
    return fail(errorOfBeast(error));
  if (consumed != size || !body_->parser.is_header_done())
    return fail(errorOfBeast(http::error::bad_value));
  input.erase(0, size);
  return state_ = body_->parser.is_done() ? State::Done : State::Body;
}

RequestParser::State RequestParser::feedBody(std::string &input) {
  // Beast's parser asserts that it is not called again with less than the five
  // bytes that end a body in chunks; no such body has less to come.
  size_t least = body_->parser.chunked() ? 5 : 1;
  size_t consumed = 0;
  BeastError error;
  while (!error && consumed + least <= input.size() && !body_->parser.is_done())
    consumed += body_->parser.put(
        asio::buffer(input.data() + consumed, input.size() - consumed), error);
  input.erase(0, consumed);
  if (error && error != http::error::need_more)
    return fail(errorOfBeast(error));
  if (body_->parser.is_done())
    return state_ = State::Done;
  // Only the line before a chunk is not consumed as it comes.
  if (input.size() > limits_.maxHeaderBytes)
    return fail({ErrorKind::BadFraming, "the line of a chunk is too long"});
  return state_;
}

bool RequestParser::expectsContinue() const {
  return body_->parser.get().find(http::field::expect) !=
         body_->parser.get().end();
}

HttpRequest RequestParser::take() {
  auto message = body_->parser.release();
  std::string target(message.target());
  auto field = [&](http::field name) { return std::string(message[name]); };
  return {.method = std::string(message.method_string()),
          .path = target.substr(0, target.find('?')),
          .host = field(http::field::host),
          .origin = field(http::field::origin),
          .body = std::move(message.body()),
          .id = {},
          .keepAlive = message.keep_alive(),
          .isHttp11 = message.version() == 11};
}

} // namespace g4rt
