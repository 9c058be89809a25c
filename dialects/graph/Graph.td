// All ops of the dialect, in reading order.
include "dialects/graph/GraphDialect.td"
include "dialects/graph/GraphOps.td"
include "dialects/graph/AttentionOps.td"
include "dialects/graph/ExpertOps.td"
include "dialects/graph/FusedOps.td"
include "dialects/graph/TowerOps.td"
