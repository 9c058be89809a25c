//===- ImportOptions.h - Which programs of a model are imported -*- C++ -*-===//

#ifndef G4_MODELS_IMPORTOPTIONS_H
#define G4_MODELS_IMPORTOPTIONS_H

namespace g4 {

struct ImportOptions {
  /// The tower of pictures beside the text model, as a program of its own, and
  /// a text program that takes soft tokens.
  bool vision = false;
};

} // namespace g4

#endif // G4_MODELS_IMPORTOPTIONS_H
