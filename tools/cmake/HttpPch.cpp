// Carries the precompiled header of HttpPch.h; has no code of its own.
