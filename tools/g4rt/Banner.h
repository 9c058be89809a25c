//===- Banner.h - What a server says when it is ready -----------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BANNER_H
#define G4_TOOLS_G4RT_BANNER_H

#include "runtime/artifact/ArtifactTables.h"
#include "runtime/engine/process/Messages.h"

#include <cstdint>
#include <string>

namespace g4rt {

struct BannerFacts {
  std::string name; // what requests call the model
  std::string address;
  uint16_t port = 0;
  std::string socketPath = {}; // in place of address and port
  bool usesTls = false;
  bool isInsecure = false;
};

/// What one wants to read in a report of a bug: the artifact, the variant and
/// why, the memory plan, the address, a request to try.
std::string bannerText(const ArtifactTables &file, const EngineFacts &engine,
                       const BannerFacts &facts);

/// Writes it to stdout, unless nobody reads there: a server does not wait.
void printBanner(const std::string &text);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BANNER_H
