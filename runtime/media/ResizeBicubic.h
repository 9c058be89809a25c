//===- ResizeBicubic.h - A picture in another size --------------*- C++ -*-===//

#ifndef G4_RUNTIME_MEDIA_RESIZEBICUBIC_H
#define G4_RUNTIME_MEDIA_RESIZEBICUBIC_H

#include "runtime/media/Picture.h"

namespace g4rt {

/// Bicubic (Keys, "Cubic convolution interpolation for digital image
/// processing", 1981, with a = -0.5), widened by the scale where the picture
/// shrinks, columns first and then rows, each rounded to 8 bits: what
/// torchvision's resize does with antialias on a CPU, bit for bit. PIL's
/// weights have more bits, so single numbers of its Image.resize(BICUBIC) are
/// others, by 2 of 255 at most. No side of `picture` and `size` is 0.
Picture resizeBicubic(const Picture &picture, PictureSize size);

} // namespace g4rt

#endif // G4_RUNTIME_MEDIA_RESIZEBICUBIC_H
