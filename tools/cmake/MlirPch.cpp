// Carries the precompiled header of MlirPch.h; has no code of its own.
