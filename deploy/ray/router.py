"""Which replica gets a request.

The order, first to last: replicas whose engine serves; those whose queue is not too long; the one that had the session's
last turn; the one with the longest known prefix of the prompt; the one with the fewest requests, now and then in all. A
prefix of less than half of the prompt does not count: a short system prompt, which all have in common, would draw all of
them to one replica.
"""

from collections import OrderedDict

from prefixes import PrefixTable
from ray.serve.request_router import RequestRouter

MOST_SESSIONS = 100_000
LEAST_SHARE = 0.5  # of a prompt's blocks


class PrefixRouter(RequestRouter):
    """Of a handle to replicas of g4rt; the first argument of each request is an Asked. One thread."""

    def initialize_state(self, longest_queue=8):
        """longest_queue: a replica where more requests wait gets none for its prefixes' sake while another has fewer."""
        self.longest_queue = longest_queue
        self.prefixes = PrefixTable()
        self.sessions = OrderedDict()
        self.in_flight, self.routed = {}, {}

    async def choose_replicas(self, candidate_replicas, pending_request=None):
        asked = pending_request.args[0] if pending_request else None
        keys = asked.keys if asked else []
        known = self.prefixes.lengths(keys)
        lengths = {name: length for name, length in known.items() if length >= LEAST_SHARE * len(keys)}
        last = self.sessions.get(asked.session) if asked and asked.session else None

        def rank(replica):
            """The least is the best."""
            name, stats = str(replica.replica_id.unique_id), replica.routing_stats
            return (
                not stats.get("healthy", True),
                stats.get("waiting", 0) > self.longest_queue,
                name != last,
                -lengths.get(name, 0),
                max(stats.get("requests", 0), self.in_flight.get(name, 0)),
                self.routed.get(name, 0),
            )

        return [[replica] for replica in sorted(candidate_replicas, key=rank)]

    def on_request_routed(self, pending_request, replica_id, result):
        asked, name = pending_request.args[0], str(replica_id.unique_id)
        self.in_flight[name] = self.in_flight.get(name, 0) + 1
        self.routed[name] = self.routed.get(name, 0) + 1
        self.prefixes.add(asked.keys, name)
        if asked.session:
            self.sessions[asked.session] = name
            self.sessions.move_to_end(asked.session)
            if len(self.sessions) > MOST_SESSIONS:
                self.sessions.popitem(last=False)

    def on_request_completed(self, replica_id, internal_request_id):
        name = str(replica_id.unique_id)
        self.in_flight[name] = max(0, self.in_flight.get(name, 0) - 1)

    def on_replica_actor_died(self, replica_id):
        super().on_replica_actor_died(replica_id)
        self.forget(str(replica_id.unique_id))

    def update_replicas(self, replicas):
        super().update_replicas(replicas)
        here = {str(replica.replica_id.unique_id) for replica in replicas}
        for name in set(self.in_flight) - here:
            self.forget(name)

    def forget(self, name):
        self.in_flight.pop(name, None)
        self.routed.pop(name, None)
        self.prefixes.forget(name)
        for session in [session for session, replica in self.sessions.items() if replica == name]:
            del self.sessions[session]
