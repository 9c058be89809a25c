//===- Picture.cpp - g4rt picture -----------------------------------------===//
//
// What a vision tower gets of a picture: for whoever asks why a model does not
// read what is plain to see, and for comparisons with other engines.
//
//===----------------------------------------------------------------------===//

#include "runtime/base/MappedFile.h"
#include "runtime/media/DecodePicture.h"
#include "runtime/media/PictureBudget.h"
#include "runtime/media/PicturePatches.h"
#include "runtime/media/ResizeBicubic.h"
#include "tools/g4rt/Commands.h"
#include "tools/g4rt/NpyFile.h"

#include <cstdio>

namespace g4rt {

namespace {

struct LookArguments {
  std::string file, patches;
  int64_t maxSoftTokens = 280;
  PictureLimits limits;
};

} // namespace

static constexpr const char *kHelp =
    "FILE is a JPEG, PNG, WebP or GIF. OUT.npy is f32 [patches, 768]: squares "
    "of "
    "16 x 16 pixels, row by row, each pixel red, green, blue from 0 to 1.";

static Status writePatches(const Picture &seen, const std::string &path) {
  PicturePatches patches = patchesOf(seen);
  int64_t columns =
      static_cast<int64_t>(patches.values.size()) / patches.count();
  G4RT_ASSIGN(NpyFile out, NpyFile::create(path, patches.count(), columns));
  G4RT_TRY(out.append(patches.values));
  return out.commit();
}

static Status look(const LookArguments &args) {
  G4RT_TRY(checkSoftTokenBudget(args.maxSoftTokens));
  auto file = MappedFile::open(args.file);
  if (!file) // no model is wrong here
    return Status(StatusCode::InvalidArgument, file.error().message());
  auto picture = decodePicture(file->bytes(), args.limits);
  if (!picture)
    return std::move(picture).error().during(args.file);
  PictureSize size = sizeForBudget(picture->size, args.maxSoftTokens);
  std::printf("%s, %lld x %lld pixels, seen as %lld x %lld: %lld soft tokens\n",
              std::string(toString(*pictureFormat(file->bytes()))).c_str(),
              static_cast<long long>(picture->size.width),
              static_cast<long long>(picture->size.height),
              static_cast<long long>(size.width),
              static_cast<long long>(size.height),
              static_cast<long long>(numSoftTokens(size)));
  if (args.patches.empty())
    return Status();
  return writePatches(resizeBicubic(*picture, size), args.patches);
}

static int runLook(const LookArguments &args) {
  Status status = look(args);
  return status.ok() ? kExitOk : report(status);
}

Command addPicture(CLI::App &app) {
  auto args = std::make_shared<LookArguments>();
  app.add_option("FILE", args->file, "The picture")->required();
  app.add_option("--max-soft-tokens", args->maxSoftTokens,
                 "How many tokens it may become: 70, 140, 280, 560 or 1120")
      ->capture_default_str();
  app.add_option("--max-pixels", args->limits.maxPixels,
                 "More pixels are refused before they are decoded")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 32))
      ->capture_default_str();
  app.add_option("--patches", args->patches, "OUT.npy");
  app.footer(kHelp);
  return [args] { return runLook(*args); };
}

} // namespace g4rt
