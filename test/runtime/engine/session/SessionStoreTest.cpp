//===- SessionStoreTest.cpp - Prefixes in the files of a folder -----------===//

#include "runtime/engine/session/SessionStore.h"

#include <gtest/gtest.h>

#include <fstream>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

namespace fs = std::filesystem;

const SessionFormat kFormat = {
    .model = "0123 cpu 0.1", .pageSize = 4, .pageBytes = 16};

std::vector<int32_t> count(int32_t first, int32_t size) {
  std::vector<int32_t> tokens;
  for (int32_t i = 0; i < size; ++i)
    tokens.push_back(first + i);
  return tokens;
}

class SessionStoreTest : public testing::Test {
protected:
  std::unique_ptr<SessionStore> open(uint64_t maxBytes = 1 << 20,
                                     SessionFormat format = kFormat) {
    auto store = SessionStore::open(
        {.folder = folder.path("sessions"), .maxBytes = maxBytes}, format);
    EXPECT_TRUE(store) << store.error().message();
    return *std::move(store);
  }
  /// Pages `first` to the last one of these tokens; page p is full of p's.
  void write(SessionStore &store, const std::vector<int32_t> &tokens,
             int64_t first = 0) {
    SessionHead head{.tokens = tokens, .firstPage = first};
    head.firstWindowPage = head.numPages(4);
    std::vector<std::byte> data;
    for (int64_t page = first; page < head.numPages(4); ++page)
      data.insert(data.end(), 16, static_cast<std::byte>(page));
    store.write(std::move(head), std::move(data));
    store.waitUntilIdle();
  }
  /// The page numbers that came, in their order, and whether they are all.
  std::pair<std::vector<int64_t>, bool> read(SessionStore &store,
                                             std::vector<int32_t> tokens,
                                             int64_t firstPage = 0) {
    store.read({.id = RestoreId{++lastRestore},
                .tokens = std::move(tokens),
                .firstPage = firstPage});
    store.waitUntilIdle();
    std::vector<int64_t> pages;
    for (const ReadPage &page : store.takeRead()) {
      if (page.isComplete)
        return {pages, *page.isComplete};
      pages.push_back(page.number);
      EXPECT_EQ(page.bytes, std::vector<std::byte>(
                                16, static_cast<std::byte>(page.number)));
    }
    ADD_FAILURE() << "no end";
    return {};
  }
  static int64_t numStored(const SessionStore &store,
                           const std::vector<int32_t> &tokens) {
    return store.numStored("", tokens, std::ssize(tokens));
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto &entry :
         fs::recursive_directory_iterator(folder.path("sessions")))
      if (entry.is_regular_file())
        files.push_back(entry.path());
    return files;
  }

  TempFolder folder;
  uint64_t lastRestore = 0;
};

using Pages = std::vector<int64_t>;

TEST_F(SessionStoreTest, WhatWasWrittenIsReadByTheNextStore) {
  {
    auto store = open();
    write(*store, count(0, 8));
    write(*store, count(0, 18), 2);
  }
  auto store = open();
  EXPECT_EQ(store->counts().numFiles, 2);
  EXPECT_EQ(numStored(*store, count(0, 30)), 18);
  EXPECT_EQ(read(*store, count(0, 18)),
            std::pair(Pages({0, 1, 2, 3, 4}), true));
  EXPECT_EQ(read(*store, count(0, 17), 3), std::pair(Pages({3, 4}), true));
}

TEST_F(SessionStoreTest, AnotherModelFindsNothingAndLosesNothing) {
  {
    write(*open(), count(0, 8));
  }
  SessionFormat other = kFormat;
  other.model = "4567 cpu 0.1";
  {
    EXPECT_EQ(numStored(*open(1 << 20, other), count(0, 8)), 0);
  }
  EXPECT_EQ(numStored(*open(), count(0, 8)), 8);
}

TEST_F(SessionStoreTest, AFileOfAnotherModelInItsFolderIsRefused) {
  {
    write(*open(), count(0, 8));
  }
  fs::path file = files().front();
  SessionFormat other = kFormat;
  other.model = "4567 cpu 0.1";
  ASSERT_TRUE(writeSession(file, other,
                           {.tokens = count(0, 8), .firstWindowPage = 2},
                           std::vector<std::byte>(32))
                  .ok());
  auto store = open();
  EXPECT_EQ(numStored(*store, count(0, 8)), 0);
  EXPECT_EQ(store->counts().numRefused, 1u);
}

// A head that is wrong is found at the start, a page when it is read.
TEST_F(SessionStoreTest, ADamagedFileIsRefusedAndRemoved) {
  for (int64_t fromEnd : {-1, -60}) {
    {
      write(*open(), count(0, 8));
    }
    fs::path file = files().front();
    {
      std::fstream stream(file,
                          std::ios::in | std::ios::out | std::ios::binary);
      stream.seekp(fromEnd, std::ios::end);
      stream.put('!');
    }
    auto store = open();
    if (numStored(*store, count(0, 8)) == 8)
      EXPECT_FALSE(read(*store, count(0, 8)).second);
    EXPECT_EQ(store->counts().numRefused, 1u);
    EXPECT_EQ(numStored(*store, count(0, 8)), 0);
    store->waitUntilIdle();
    EXPECT_TRUE(files().empty());
  }
}

TEST_F(SessionStoreTest, AFileThatIsGoneOrCutWhileItServesIsRefused) {
  auto store = open();
  write(*store, count(0, 8));
  write(*store, count(100, 8));
  fs::remove(files()[0]);
  fs::resize_file(files()[0], 100);
  EXPECT_FALSE(read(*store, count(0, 8)).second);
  EXPECT_FALSE(read(*store, count(100, 8)).second);
  EXPECT_EQ(store->counts().numFiles, 0);
  EXPECT_EQ(store->counts().numRefused, 2u);
}

TEST_F(SessionStoreTest, AFileOfTheSameNameWithAnotherPrefixIsRefused) {
  auto store = open();
  write(*store, count(0, 8));
  fs::path file = files().front();
  ASSERT_TRUE(writeSession(file, kFormat,
                           {.tokens = count(50, 8), .firstWindowPage = 2},
                           std::vector<std::byte>(32))
                  .ok());
  EXPECT_EQ(read(*store, count(0, 8)), std::pair(Pages(), false));
}

TEST_F(SessionStoreTest, WhatIsHalfWrittenIsNeverSeen) {
  {
    write(*open(), count(0, 8));
  }
  std::string bytes = readWholeFile(files().front());
  std::string folderOfModel = files().front().parent_path();
  // As a process that was killed leaves it where files need names.
  std::ofstream(folderOfModel + "/.0123.g4s.tmp-999999999") << bytes;
  auto store = open();
  EXPECT_EQ(store->counts().numFiles, 1);
}

TEST_F(SessionStoreTest, WhoWasNotUsedForTheLongestTimeGoesFirst) {
  uint64_t each =
      sessionFileBytes(kFormat, {.tokens = count(0, 8), .firstWindowPage = 2});
  auto store = open(3 * each);
  for (int32_t first : {0, 100, 200})
    write(*store, count(first, 8));
  EXPECT_TRUE(read(*store, count(0, 8)).second);
  write(*store, count(300, 8));
  store->waitUntilIdle();
  EXPECT_EQ(numStored(*store, count(100, 8)), 0);
  for (int32_t first : {0, 200, 300})
    EXPECT_EQ(numStored(*store, count(first, 8)), 8) << first;
  EXPECT_EQ(files().size(), 3u);
  EXPECT_LE(store->counts().bytes, 3 * each);
}

// The next turn of a chat needs the turns before.
TEST_F(SessionStoreTest, ABeginIsUsedWithWhatComesAfterIt) {
  uint64_t each = sessionFileBytes(
      kFormat, {.tokens = count(0, 16), .firstPage = 2, .firstWindowPage = 4});
  auto store = open(3 * each);
  write(*store, count(0, 8));
  write(*store, count(100, 8));
  write(*store, count(0, 16), 2);
  write(*store, count(200, 8));
  EXPECT_EQ(numStored(*store, count(100, 8)), 0);
  EXPECT_EQ(numStored(*store, count(0, 16)), 16);
}

TEST_F(SessionStoreTest, WhatCannotBeWrittenIsCountedAndNotFound) {
  auto store = open();
  fs::remove_all(folder.path("sessions"));
  write(*store, count(0, 8));
  EXPECT_EQ(store->counts().numWriteErrors, 1u);
  EXPECT_EQ(numStored(*store, count(0, 8)), 0);
}

TEST_F(SessionStoreTest, OfACancelledReadNothingMoreComes) {
  // More than is held in memory until it is taken.
  SessionFormat large = kFormat;
  large.pageBytes = uint64_t{12} << 20;
  auto store = open(uint64_t{1} << 30, large);
  store->write({.tokens = count(0, 16), .firstWindowPage = 4},
               std::vector<std::byte>(4 * large.pageBytes));
  store->read({.id = RestoreId{1}, .tokens = count(0, 16)});
  store->cancelRead(RestoreId{1});
  store->waitUntilIdle();
  for (const ReadPage &page : store->takeRead())
    EXPECT_FALSE(page.isComplete);
}

TEST_F(SessionStoreTest, AFileWithANameIsLoadedByAStoreThatAsksForIt) {
  SessionDone saved, loaded;
  {
    auto store = open();
    store->save("mine", {.tokens = count(0, 8), .firstWindowPage = 2},
                std::vector<std::byte>(32),
                [&](SessionDone done) { saved = std::move(done); });
    store->waitUntilIdle();
    EXPECT_EQ(store->counts().numFiles, 0);
  }
  EXPECT_TRUE(saved.error.ok());
  EXPECT_EQ(saved.bytes, fs::file_size(folder.path("sessions/mine")));
  auto store = open(/*maxBytes=*/0);
  EXPECT_EQ(numStored(*store, count(0, 8)), 0);
  store->load("mine", [&](SessionDone done) { loaded = std::move(done); });
  store->waitUntilIdle();
  EXPECT_EQ(store->counts().numFiles, 1); // of which no limit removes it
  EXPECT_TRUE(loaded.error.ok());
  EXPECT_EQ(loaded.head.tokens, count(0, 8));
  EXPECT_EQ(loaded.bytes, saved.bytes);
  EXPECT_EQ(numStored(*store, count(0, 8)), 8);
}

TEST_F(SessionStoreTest, ANamedFileThatIsDamagedIsRefusedAndStays) {
  auto store = open();
  auto load = [&] {
    StatusCode code = StatusCode::Ok;
    store->load("mine",
                [&](const SessionDone &done) { code = done.error.code(); });
    store->waitUntilIdle();
    store->counts();
    return code;
  };
  EXPECT_EQ(load(), StatusCode::NotFound);
  store->save("mine", {.tokens = count(0, 8), .firstWindowPage = 2},
              std::vector<std::byte>(32), [](const SessionDone &) {});
  store->waitUntilIdle();
  std::string bytes = readWholeFile(folder.path("sessions/mine"));
  bytes.back() ^= 1;
  folder.write("sessions/mine", bytes);
  EXPECT_EQ(load(), StatusCode::DataLoss);
  EXPECT_EQ(numStored(*store, count(0, 8)), 0);
  EXPECT_TRUE(fs::exists(folder.path("sessions/mine")));
}

TEST_F(SessionStoreTest, NamesLeadOutOfNoFolder) {
  for (const char *name : {"a", "chat-1.bin", "A_b..c"})
    EXPECT_TRUE(checkSessionName(name).ok()) << name;
  for (const char *name : {"", ".", "..", "../a", "a/b", "/a", ".a", "a\nb",
                           "a b", "a\\b", "\xc3\xa4"})
    EXPECT_EQ(checkSessionName(name).code(), StatusCode::InvalidArgument)
        << name;
  EXPECT_TRUE(checkSessionName(std::string(200, 'a')).ok());
  EXPECT_FALSE(checkSessionName(std::string(201, 'a')).ok());
  EXPECT_FALSE(checkSessionName(std::string("a\0b", 3)).ok());
}

TEST_F(SessionStoreTest, AFolderThatCannotBeMadeIsAnError) {
  folder.write("file", "");
  auto store = SessionStore::open({.folder = folder.path("file")}, kFormat);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), StatusCode::InvalidArgument);
}

} // namespace
} // namespace g4rt
