// All ops of the dialect, in reading order.
include "dialects/tile/TileDialect.td"
include "dialects/tile/TileOps.td"
include "dialects/tile/MemoryOps.td"
