//===- TokenizerWriter.cpp - A tokenizer as Tokenizer.fbs -----------------===//

#include "models/checkpoint/TokenizerWriter.h"

#include "runtime/base/Utf8.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace g4 {

using g4rt::kCodePointsPerPage;
using g4rt::kMaxMergeProbes;
using g4rt::kNoToken;
using g4rt::kNumCodePointPages;
using g4rt::MergeSlot;
using g4rt::Result;
using g4rt::Status;

namespace {

struct MergeTable {
  std::vector<MergeSlot> slots;
  uint32_t maxProbes = 0;

  bool insert(const MergeSlot &merge);
};

struct CodePointTable {
  std::vector<uint16_t> pages;
  std::vector<uint32_t> ids;
};

} // namespace

static std::vector<bool> addedIds(const TokenizerSpec &spec) {
  std::vector<bool> added(spec.pieces.size());
  for (const TokenizerSpec::AddedToken &token : spec.addedTokens)
    added[token.id] = true;
  return added;
}

// Linear probing. Of two merges of the same pair the later one counts.
bool MergeTable::insert(const MergeSlot &merge) {
  uint32_t numSlots = static_cast<uint32_t>(slots.size());
  uint32_t at = g4rt::mergeSlotOf(merge.left, merge.right, numSlots);
  for (uint32_t probe = 0; probe < std::min(numSlots, kMaxMergeProbes);
       ++probe) {
    MergeSlot &slot = slots[(at + probe) & (numSlots - 1)];
    bool same = slot.left == merge.left && slot.right == merge.right;
    if (!same && slot.left != kNoToken)
      continue;
    slot = merge;
    maxProbes = std::max(maxProbes, probe + 1);
    return true;
  }
  return false;
}

static std::optional<MergeTable> tableOf(const std::vector<MergeSlot> &merges,
                                         size_t numSlots) {
  MergeTable table;
  table.slots.resize(numSlots);
  for (const MergeSlot &merge : merges)
    if (!table.insert(merge))
      return std::nullopt;
  return table;
}

static std::vector<MergeSlot> usableMerges(const TokenizerSpec &spec) {
  std::vector<bool> added = addedIds(spec);
  std::vector<MergeSlot> merges;
  for (size_t rank = 0; rank < spec.merges.size(); ++rank) {
    const TokenizerSpec::Merge &merge = spec.merges[rank];
    if (!added[merge.joined])
      merges.push_back(
          {merge.left, merge.right, static_cast<uint32_t>(rank), merge.joined});
  }
  return merges;
}

static Result<MergeTable> hashMerges(const TokenizerSpec &spec) {
  std::vector<MergeSlot> merges = usableMerges(spec);
  size_t numSlots = std::bit_ceil(2 * std::max<size_t>(merges.size(), 1));
  for (size_t factor = 1; factor <= 4; factor *= 2)
    if (std::optional<MergeTable> table = tableOf(merges, numSlots * factor))
      return *std::move(table);
  return Status(g4rt::StatusCode::InvalidArgument,
                "model.merges: no hash table of " +
                    std::to_string(4 * numSlots) + " slots holds them");
}

static char32_t firstOf(std::string_view piece) {
  return g4rt::decodeUtf8(piece).codePoint;
}

static char32_t lastOf(std::string_view piece) {
  size_t at = piece.size() - 1;
  while (at > 0 && (piece[at] & 0xc0) == 0x80)
    --at;
  return g4rt::decodeUtf8(piece.substr(at)).codePoint;
}

// 16 bits a pair: one in 16 of all other pairs is taken for a joint, at most.
static std::vector<uint32_t> jointBits(const TokenizerSpec &spec) {
  std::vector<uint64_t> joints;
  for (const TokenizerSpec::Merge &merge : spec.merges)
    joints.push_back(uint64_t{lastOf(spec.pieces[merge.left])} << 32 |
                     firstOf(spec.pieces[merge.right]));
  std::sort(joints.begin(), joints.end());
  joints.erase(std::unique(joints.begin(), joints.end()), joints.end());

  size_t numWords = std::bit_ceil(std::max<size_t>(joints.size() / 2, 1));
  std::vector<uint32_t> bits(numWords);
  for (uint64_t joint : joints) {
    uint32_t bit = g4rt::jointBitOf(static_cast<char32_t>(joint >> 32),
                                    static_cast<char32_t>(joint),
                                    static_cast<uint32_t>(numWords * 32));
    bits[bit / 32] |= 1u << bit % 32;
  }
  return bits;
}

// An added token is found before BPE starts: no code point stands for it.
static CodePointTable codePoints(const TokenizerSpec &spec) {
  CodePointTable table;
  table.pages.resize(kNumCodePointPages);
  std::vector<bool> added = addedIds(spec);
  for (uint32_t id = 0; id < spec.pieces.size(); ++id) {
    std::string_view piece = spec.pieces[id];
    g4rt::Utf8Step step = g4rt::decodeUtf8(piece);
    if (step.size != piece.size() || added[id])
      continue;
    uint16_t &page = table.pages[step.codePoint / kCodePointsPerPage];
    if (page == 0) {
      table.ids.resize(table.ids.size() + kCodePointsPerPage, kNoToken);
      page = static_cast<uint16_t>(table.ids.size() / kCodePointsPerPage);
    }
    table.ids[(page - 1) * kCodePointsPerPage +
              step.codePoint % kCodePointsPerPage] = id;
  }
  return table;
}

static flatbuffers::Offset<
    flatbuffers::Vector<flatbuffers::Offset<artifact::AddedToken>>>
writeAddedTokens(const TokenizerSpec &spec,
                 flatbuffers::FlatBufferBuilder &builder) {
  std::vector<flatbuffers::Offset<artifact::AddedToken>> tokens;
  for (const TokenizerSpec::AddedToken &token : spec.addedTokens) {
    auto content =
        builder.CreateString(token.content.data(), token.content.size());
    tokens.push_back(artifact::CreateAddedToken(
        builder, content, token.id, token.special, token.normalized));
  }
  return builder.CreateVector(tokens);
}

Result<flatbuffers::Offset<artifact::Tokenizer>>
writeTokenizer(const TokenizerSpec &spec,
               flatbuffers::FlatBufferBuilder &builder) {
  G4RT_ASSIGN(MergeTable merges, hashMerges(spec));
  std::vector<uint8_t> text;
  std::vector<uint32_t> offsets = {0};
  for (std::string_view piece : spec.pieces) {
    text.insert(text.end(), piece.begin(), piece.end());
    offsets.push_back(static_cast<uint32_t>(text.size()));
  }
  CodePointTable points = codePoints(spec);
  auto added = writeAddedTokens(spec, builder);
  auto textVector = builder.CreateVector(text);
  auto offsetVector = builder.CreateVector(offsets);
  auto byteIds =
      builder.CreateVector(spec.byteIds.data(), spec.byteFallback ? 256 : 0);
  auto pages = builder.CreateVector(points.pages);
  auto ids = builder.CreateVector(points.ids);
  auto slots = builder.CreateVector(
      reinterpret_cast<const uint32_t *>(merges.slots.data()),
      merges.slots.size() * 4);
  auto joints = builder.CreateVector(jointBits(spec));
  return artifact::CreateTokenizer(
      builder, static_cast<uint32_t>(spec.pieces.size()), added, textVector,
      offsetVector, byteIds, spec.unkId, spec.fuseUnk, pages, ids, slots,
      merges.maxProbes, joints);
}

} // namespace g4
