//===- SessionFile.cpp - Keys and values of a prefix in a file ------------===//

#include "runtime/engine/session/SessionFile.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checksum.h"
#include "runtime/engine/process/Codec.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace g4rt {

/// The last byte is the version of this layout.
constexpr std::array<char, 8> kMagic = {'G', '4', 'S', 'E', 'S', 'S', 0, 1};

/// More than the tokens of any prefix take.
constexpr uint64_t kMostHeadBytes = uint64_t{256} << 20;

/// What stands before the rest of the head.
struct HeadFrame {
  std::array<char, 8> magic = kMagic;
  uint64_t restBytes = 0;
  uint64_t sum = 0;

  /// Of everything in the head but itself.
  uint64_t sumWith(std::string_view rest) const {
    ChecksumStream stream;
    stream.update(std::as_bytes(std::span(magic)));
    stream.update(std::as_bytes(std::span(&restBytes, 1)));
    stream.update(std::as_bytes(std::span(rest)));
    return stream.digest();
  }
};

//===----------------------------------------------------------------------===//
// The head's bytes
//===----------------------------------------------------------------------===//

template <typename Codec, typename Format, typename Head>
static void describe(Codec &codec, Format &format, Head &head) {
  codec.text(format.model);
  codec.number(format.pageSize);
  codec.number(format.window);
  codec.number(format.pageBytes);
  codec.number(format.windowPageBytes);
  codec.text(head.salt);
  codec.numbers(head.tokens);
  codec.number(head.firstPage);
  codec.number(head.firstWindowPage);
}

/// What stands after the frame.
static std::string restOfHead(const SessionFormat &format,
                              const SessionHead &head) {
  std::string rest;
  WireWriter writer(rest);
  describe(writer, format, head);
  return rest;
}

static std::string headBytes(const SessionFormat &format,
                             const SessionHead &head) {
  std::string rest = restOfHead(format, head);
  HeadFrame frame{.restBytes = rest.size()};
  frame.sum = frame.sumWith(rest);
  std::string bytes(sizeof(frame), 0);
  std::memcpy(bytes.data(), &frame, sizeof(frame));
  return bytes + rest;
}

static uint64_t numPagesIn(const SessionFormat &format, const SessionHead &head,
                           PageKind kind) {
  return static_cast<uint64_t>(head.numPages(format.pageSize) -
                               head.firstOf(kind));
}

uint64_t sessionDataBytes(const SessionFormat &format,
                          const SessionHead &head) {
  return numPagesIn(format, head, PageKind::Global) * format.pageBytes +
         numPagesIn(format, head, PageKind::Window) * format.windowPageBytes;
}

/// With the checksums of its pages.
static uint64_t bytesAfterHead(const SessionFormat &format,
                               const SessionHead &head) {
  uint64_t numSums = numPagesIn(format, head, PageKind::Global) +
                     numPagesIn(format, head, PageKind::Window);
  return sessionDataBytes(format, head) + numSums * sizeof(uint64_t);
}

uint64_t sessionFileBytes(const SessionFormat &format,
                          const SessionHead &head) {
  return sizeof(HeadFrame) + restOfHead(format, head).size() +
         bytesAfterHead(format, head);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Appends pages of so many bytes, each after its checksum.
static Status appendPages(AtomicFile &file, std::span<const std::byte> pages,
                          uint64_t pageBytes) {
  for (; !pages.empty(); pages = pages.subspan(pageBytes)) {
    uint64_t sum = checksum(pages.first(pageBytes));
    G4RT_TRY(file.append(std::as_bytes(std::span(&sum, 1))));
    G4RT_TRY(file.append(pages.first(pageBytes)));
  }
  return Status();
}

Status writeSession(const std::string &path, const SessionFormat &format,
                    const SessionHead &head, std::span<const std::byte> data) {
  assert(data.size() == sessionDataBytes(format, head) && "not its pages");
  G4RT_ASSIGN(AtomicFile file, AtomicFile::create(path, FileReaders::Owner));
  std::string bytes = headBytes(format, head);
  G4RT_TRY(file.append(std::as_bytes(std::span(bytes))));
  uint64_t globalBytes =
      numPagesIn(format, head, PageKind::Global) * format.pageBytes;
  G4RT_TRY(appendPages(file, data.first(globalBytes), format.pageBytes));
  G4RT_TRY(
      appendPages(file, data.subspan(globalBytes), format.windowPageBytes));
  return file.commit(Durable::No);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

template <typename T>
static Status statusOf(const Result<T> &result) {
  return result ? Status() : result.error();
}

Status SessionReader::damaged(const std::string &what) const {
  return Status(StatusCode::DataLoss, file_.path() + ": " + what);
}

Result<SessionReader> SessionReader::open(const std::string &path,
                                          const SessionFormat &format) {
  // A pipe in its place must not be waited for, nor a link be followed.
  FileHandle descriptor(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  Result<OpenFile> file = OpenFile::adopt(std::move(descriptor), path);
  if (!file)
    return Status(StatusCode::NotFound, path + ": no file that can be read");
  SessionReader reader(*std::move(file), format);
  G4RT_TRY(reader.readHead());
  G4RT_TRY(reader.checkSize());
  return reader;
}

Status SessionReader::readHead() {
  HeadFrame frame;
  std::span bytes = std::as_writable_bytes(std::span(&frame, 1));
  if (!file_.readAt(0, bytes).ok())
    return damaged("too short for a session");
  if (frame.magic != kMagic)
    return damaged("no session, or of another version of g4");
  if (frame.restBytes > std::min(sizeBytes() - sizeof(frame), kMostHeadBytes))
    return damaged("its head is cut");
  std::string rest(frame.restBytes, 0);
  if (!file_.readAt(sizeof(frame), std::as_writable_bytes(std::span(rest)))
           .ok() ||
      frame.sum != frame.sumWith(rest))
    return damaged("the checksum of its head is wrong");
  headBytes_ = sizeof(frame) + rest.size();
  SessionFormat format;
  WireReader codec(rest);
  describe(codec, format, head_);
  if (!codec.isDone())
    return damaged("its head cannot be read");
  if (format != format_)
    return damaged("of " + format.model + ", in pages of " +
                   std::to_string(format.pageSize) + " tokens, needs " +
                   format_.model + " and " + std::to_string(format_.pageSize));
  return Status();
}

/// Errors: DataLoss unless the head and the size agree.
Status SessionReader::checkSize() const {
  int64_t numPages = head_.numPages(format_.pageSize);
  if (head_.firstPage < 0 || head_.firstPage >= numPages ||
      head_.firstWindowPage < head_.firstPage ||
      head_.firstWindowPage > numPages)
    return damaged("a range of pages that cannot be");
  uint64_t needed = headBytes_ + bytesAfterHead(format_, head_);
  if (needed != sizeBytes())
    return damaged(std::to_string(sizeBytes()) + " bytes, needs " +
                   std::to_string(needed));
  return Status();
}

Result<std::vector<std::byte>> SessionReader::read(PageKind kind,
                                                   int64_t page) const {
  uint64_t record = format_.pageBytes + sizeof(uint64_t), offset = headBytes_;
  int64_t first = head_.firstOf(kind);
  if (kind == PageKind::Window) {
    offset += numPagesIn(format_, head_, PageKind::Global) * record;
    record = format_.windowPageBytes + sizeof(uint64_t);
  }
  assert(page >= first && page < head_.numPages(format_.pageSize) &&
         "a page that it does not have");
  offset += static_cast<uint64_t>(page - first) * record;
  uint64_t sum = 0;
  std::vector<std::byte> bytes(record - sizeof(sum));
  if (!file_.readAt(offset, std::as_writable_bytes(std::span(&sum, 1))).ok() ||
      !file_.readAt(offset + sizeof(sum), bytes).ok() || checksum(bytes) != sum)
    return damaged("the checksum of page " + std::to_string(page) +
                   " is wrong");
  return bytes;
}

Status SessionReader::checkPages() const {
  for (int64_t end = head_.numPages(format_.pageSize), page = head_.firstPage;
       page < end; ++page) {
    G4RT_TRY(statusOf(read(PageKind::Global, page)));
    if (page >= head_.firstWindowPage)
      G4RT_TRY(statusOf(read(PageKind::Window, page)));
  }
  return Status();
}

void SessionReader::touch() const {
  (void)::futimens(file_.descriptor(), nullptr);
}

} // namespace g4rt
