//===- Evaluation.cpp - What a model loses against another ----------------===//

#include "runtime/evaluate/Evaluation.h"

#include "runtime/evaluate/RowRunner.h"

#include <algorithm>
#include <map>

namespace g4rt {

const char *toString(RowKind kind) {
  switch (kind) {
  case RowKind::All:
    return "all";
  case RowKind::Answer:
    return "answer";
  case RowKind::Prompt:
    return "prompt";
  }
  return "";
}

const EvaluationGroup *Evaluation::find(RowKind rows,
                                        std::string_view category) const {
  for (const EvaluationGroup &group : groups)
    if (group.rows == rows && group.category == category)
      return &group;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// The vocabulary
//===----------------------------------------------------------------------===//

static Status differs(const std::string &what) {
  return Status(StatusCode::InvalidArgument,
                "the vocabularies differ, and they must be the same: " + what);
}

static std::string counted(uint64_t a, uint64_t b, const char *what) {
  return std::to_string(a) + " and " + std::to_string(b) + what;
}

template <typename T>
static bool sameNumbers(const flatbuffers::Vector<T> *a,
                        const flatbuffers::Vector<T> *b) {
  return std::equal(a->begin(), a->end(), b->begin(), b->end());
}

static Status checkSamePieces(const artifact::Tokenizer &a,
                              const artifact::Tokenizer &b) {
  auto piece = [](const artifact::Tokenizer &table, uint32_t id) {
    const auto *text =
        reinterpret_cast<const char *>(table.piece_text()->data());
    uint32_t begin = table.piece_offsets()->Get(id);
    return std::string_view(text + begin,
                            table.piece_offsets()->Get(id + 1) - begin);
  };
  for (uint32_t id = 0; id < a.num_tokens(); ++id)
    if (piece(a, id) != piece(b, id))
      return differs("token " + std::to_string(id) + " is \"" +
                     std::string(piece(a, id)) + "\" and \"" +
                     std::string(piece(b, id)) + "\"");
  return Status();
}

Status checkSameVocabulary(const artifact::Artifact &a,
                           const artifact::Artifact &b) {
  const artifact::Tokenizer &ours = *a.tokenizer(), &theirs = *b.tokenizer();
  if (a.model()->vocab_size() != b.model()->vocab_size())
    return differs(counted(a.model()->vocab_size(), b.model()->vocab_size(),
                           " logits a row"));
  if (ours.num_tokens() != theirs.num_tokens())
    return differs(counted(ours.num_tokens(), theirs.num_tokens(), " tokens"));
  G4RT_TRY(checkSamePieces(ours, theirs));
  if (!sameNumbers(ours.merge_slots(), theirs.merge_slots()))
    return differs("other merges");
  return Status();
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

namespace {

/// Which of the groups a row counts to.
struct GroupKey {
  int category; // -1: all
  RowKind rows;
  auto operator<=>(const GroupKey &) const = default;
};

/// A model that is judged, and how each group of rows agrees so far.
struct Judged {
  RowRunner runner;
  std::map<GroupKey, Agreement> groups;
};

class EvaluationRun {
public:
  explicit EvaluationRun(const EvaluationOptions &options)
      : options_(options) {}

  Result<Evaluation> run();

private:
  Status load();
  Status runSequence(const EvaluationSequence &sequence);
  Status runChunk(const EvaluationSequence &sequence, int64_t first,
                  int64_t count);
  Status judge(Judged &judged, std::span<const float> expected,
               const EvaluationSequence &sequence, int64_t first,
               int64_t count);
  Evaluation result() const;

  const EvaluationOptions &options_;
  EvaluationText text_;
  std::optional<RowRunner> reference_;
  std::vector<Judged> judged_; // the model, then the floor
  int64_t done_ = 0, total_ = 0;
};

} // namespace

/// Opens a file that has to have the reference's vocabulary.
static Result<ArtifactFile> openLike(const ArtifactFile &reference,
                                     const std::string &path) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(path));
  Status same = checkSameVocabulary(file.root(), reference.root());
  if (!same.ok())
    return std::move(same).during(path + " and " + reference.path());
  return file;
}

static Status checkLength(int64_t longest, const ArtifactFile &file) {
  int64_t most = file.root().model()->max_positions();
  if (longest <= most)
    return Status();
  return Status(StatusCode::InvalidArgument,
                "the text has a sequence of " + std::to_string(longest) +
                    " tokens, " + file.path() + " was made for " +
                    std::to_string(most));
}

Status EvaluationRun::load() {
  G4RT_ASSIGN(ArtifactFile reference, ArtifactFile::open(options_.reference));
  std::vector<ArtifactFile> files;
  for (const std::string &path : {options_.model, options_.floor}) {
    if (path.empty())
      continue;
    G4RT_ASSIGN(ArtifactFile file, openLike(reference, path));
    files.push_back(std::move(file));
  }
  G4RT_ASSIGN(ModelText tables, ModelText::create(files.front().root()));
  G4RT_ASSIGN(text_, readEvaluationText(
                         options_.text, tables,
                         {.window = options_.window,
                          .categoryKey = options_.categoryKey,
                          .bosId = files[0].root().generation()->bos_id()}));
  int64_t longest = text_.longest();
  for (const ArtifactFile &file : files)
    G4RT_TRY(checkLength(longest, file));
  G4RT_TRY(checkLength(longest, reference));
  G4RT_ASSIGN(reference_, RowRunner::load(std::move(reference), longest,
                                          options_.numThreads));
  for (ArtifactFile &file : files) {
    G4RT_ASSIGN(RowRunner runner,
                RowRunner::load(std::move(file), longest, options_.numThreads));
    judged_.push_back({std::move(runner), {}});
  }
  for (const EvaluationSequence &sequence : text_.sequences)
    total_ += static_cast<int64_t>(sequence.ids.size());
  return Status();
}

Status EvaluationRun::judge(Judged &judged, std::span<const float> expected,
                            const EvaluationSequence &sequence, int64_t first,
                            int64_t count) {
  G4RT_ASSIGN(std::span<const float> found,
              judged.runner.run(sequence.ids, first, count));
  auto width = static_cast<size_t>(reference_->vocabSize());
  for (int64_t i = 0; i < count; ++i) {
    auto next = static_cast<size_t>(first + i + 1);
    if (next == sequence.ids.size())
      break;
    auto row = [&](std::span<const float> rows) {
      return rows.subspan(static_cast<size_t>(i) * width, width);
    };
    G4RT_ASSIGN(RowDifference difference,
                compareRows(row(found), row(expected), sequence.ids[next]));
    bool moved = reference_->experts().differ(judged.runner.experts(), i);
    RowKind kind =
        next >= sequence.answerBegin ? RowKind::Answer : RowKind::Prompt;
    for (RowKind rows : {RowKind::All, kind}) {
      judged.groups[{-1, rows}].add(difference, moved);
      if (sequence.category >= 0)
        judged.groups[{sequence.category, rows}].add(difference, moved);
    }
  }
  return Status();
}

Status EvaluationRun::runChunk(const EvaluationSequence &sequence,
                               int64_t first, int64_t count) {
  G4RT_ASSIGN(std::span<const float> expected,
              reference_->run(sequence.ids, first, count));
  for (Judged &judged : judged_)
    G4RT_TRY(judge(judged, expected, sequence, first, count));
  done_ += count;
  if (options_.progress)
    options_.progress(done_, total_);
  return Status();
}

Status EvaluationRun::runSequence(const EvaluationSequence &sequence) {
  auto length = static_cast<int64_t>(sequence.ids.size());
  for (int64_t first = 0; first < length; first += kEvaluationChunk)
    G4RT_TRY(
        runChunk(sequence, first, std::min(kEvaluationChunk, length - first)));
  return Status();
}

Evaluation EvaluationRun::result() const {
  Evaluation result;
  result.hasExperts = !reference_->experts().layers.empty() &&
                      !judged_[0].runner.experts().layers.empty();
  result.numSequences = static_cast<int64_t>(text_.sequences.size());
  result.textChecksum = text_.checksum;
  for (const auto &[key, agreement] : judged_[0].groups) {
    if (!text_.hasAnswers && key.rows != RowKind::All)
      continue;
    EvaluationGroup group{
        .category = key.category < 0 ? "" : text_.categories[key.category],
        .rows = key.rows,
        .model = agreement.figures(),
        .floor = {}};
    if (judged_.size() > 1)
      group.floor = judged_[1].groups.at(key).figures();
    result.groups.push_back(std::move(group));
  }
  return result;
}

Result<Evaluation> EvaluationRun::run() {
  G4RT_TRY(load());
  for (size_t i = 0; i < text_.sequences.size(); ++i)
    if (Status status = runSequence(text_.sequences[i]); !status.ok())
      return std::move(status).during("sequence " + std::to_string(i));
  return result();
}

Result<Evaluation> evaluate(const EvaluationOptions &options) {
  return EvaluationRun(options).run();
}

} // namespace g4rt
