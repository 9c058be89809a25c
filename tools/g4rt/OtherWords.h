//===- OtherWords.h - Flags of other servers --------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_OTHERWORDS_H
#define G4_TOOLS_G4RT_OTHERWORDS_H

#include <string>
#include <vector>

namespace g4rt {

/// A command line in our words, and what is to be said about it.
struct Translation {
  std::vector<std::string> words = {};
  std::vector<std::string> notes = {};
};

/// The command line of `g4rt serve` in which flags of vLLM and llama-server
/// that mean the same as ours have our names, and those for what is always so
/// here are left out, each with a note.
Translation inOurWords(const std::vector<std::string> &words);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_OTHERWORDS_H
