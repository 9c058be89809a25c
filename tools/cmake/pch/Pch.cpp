// Carries a precompiled header of this folder; has no code of its own.
