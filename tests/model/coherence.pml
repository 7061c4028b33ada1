/* Freshness: a GET that begins after a write was acknowledged returns that write's version or a newer one.
 *
 * 2 nodes, 2 writers, 2 readers and one key, which any number of others touch in L2. At any moment and any number of
 * times: a node is killed or thrown off the bus, and comes back; a message gets lost; the trust of a node runs out; a
 * writer dies between its commit and its answer, and a relay goes on; L2 evicts a value, a lease, a tag's version or
 * the registry of the bus, or is emptied; a load goes past a Redis that does not answer. Once, with OLD_DUMP: Redis
 * restarts with what it held before the write.
 *
 * Macros choose what is checked; check.py knows which of them must hold and which must fail. BY_TAG: the answer hangs on
 * a tag. OLD_DUMP: the restart. Every other one leaves out, or turns round, one rule of the protocol.
 *
 * What is not in here, and why nothing is lost by it:
 *
 * - Versions. No step depends on a value, so it is enough to watch one write, any one. A copy is *old*, from before it,
 *   or it is not, and only old copies are kept here. A new one may displace an old one, never make a stale answer; to
 *   leave it away keeps old copies for longer than they can be. What else is written is the other writer's.
 * - Time. The registry's expiry, the node's clock and the margin between them are one event, "trust runs out". It may
 *   come at any moment; a writer gives a node up after it, never before: that is what the margin is for, and all that is
 *   believed of clocks. A renewal counts from when it was sent, so asking and answering are one step: an answer that
 *   comes late prolongs what had not run out anyway.
 * - Sequence numbers. What a node has not processed stands in its inbox: a message, or a hole where one was lost.
 *   "Everything up to the number that the renewal returned" is "the inbox was empty at the renewal".
 * - Acknowledgements. They end a wait. One that is late or lost leaves the writer waiting until trust has run out.
 * - Passengers. Whoever joins a flight is no process, but a demand on what it lands with.
 * - The death of a flight. When its node is killed it flies on here, and a flight that fails is one that never ends:
 *   both can only do more harm. A lease that nobody will use is a free one.
 * - A third message on the way to one node: writers wait for room.
 * - FILL as a condition for the insert into L1. Here a flight may insert whatever it holds: the epochs alone must do.
 */

#define N 2

/* The watched write. Whoever carries it out may die, or fail to reach Redis: then its row in the outbox makes a relay
 * begin again at the deletion. */
mtype = { before, committed, deleted, announced, waited, answered };
mtype write_is = before;
#define is_committed (write_is != before)
#define is_acknowledged (write_is == answered)

/* L2: whether there is an old value, and whose token the lease holds. */
#define FREE 0
#define TOKEN(r) (1 + r)
bit l2_old;
byte lease;

/* A node. Trusted: by its own clock it may use its L1. Owed: the writer waits for its acknowledgement, or for the end of
 * the trust that it had when the write was announced. Registered: the registry knows it. */
bit joined[N], registered[N], trusted[N], owed[N], l1_old[N];

/* What is on the way to it, in order. A hole is seen when something comes after it, or at a renewal. */
#define NOTHING 0
#define OTHERS 1
#define WATCHED 2
#define HOLE 3
byte next[N], after[N];
#define is_message(m) (m == OTHERS || m == WATCHED)
#define has_room (after[0] == NOTHING && after[1] == NOTHING)

/* A reader: a flight, or a request that looks into L1. Noted: no epoch of the flight's note has changed. Needs: one of
 * those who wait for it began after the acknowledgement. */
#define IDLE 0
#define LOOKING 1
#define DEPARTED 2
#define LEASED 3
#define HOLDING 4
byte stage[N];
bit at[N], noted[N], needs[N];
#define is_flying(r) (stage[r] >= DEPARTED)

#define is_old_somewhere (l2_old || l1_old[0] || l1_old[1] || stage[0] == HOLDING || stage[1] == HOLDING)

/* With a tag, a deletion removes the tag's version and leaves value and lease alone. The value is as good as gone, and
 * so is what a flight will store under the version that it has read: a version is never given twice, and a tag without one
 * matches nothing. */
#ifdef BY_TAG
bit matches[N];
#define versions_match(r) matches[r]
#else
#define versions_match(r) true
#endif

/* Admitted: the fleet may read from this Redis. Marked: the outbox knows of it. To replay: the watched write's row. */
#ifdef OLD_DUMP
bit admitted = 1, marked = 1, to_replay, has_restarted;
#define can_go_wrong (!is_committed || !has_restarted || is_old_somewhere)
#else
/* Once nothing old is left there is nothing to be found: the search ends. */
#define can_go_wrong (!is_committed || is_old_somewhere)
#endif

/* The bus is checked in full with keys. With tags nothing else differs than what a deletion does and what a hit is; with
 * the old dump, nothing else than Redis. There the bus is quieter, to keep the search short. */
#if defined(BY_TAG) || defined(OLD_DUMP)
#define is_busy false
#else
#define is_busy true
#endif
#ifdef OLD_DUMP
#define may_lose false
#else
#define may_lose true
#endif

/* ---- The rules, and what becomes of them in the variants that must fail ---- */

#if defined(OLD_DUMP) && !defined(WITHOUT_ADMISSION)
#define l2_readable admitted
#else
#define l2_readable true
#endif

#ifdef WITHOUT_FENCE
#define may_fill(r) l2_readable
#else
#define may_fill(r) (l2_readable && lease == TOKEN(r))
#endif

#ifdef WITHOUT_EPOCH
#define may_insert(r) trusted[at[r]]
#else
#define may_insert(r) (trusted[at[r]] && noted[r])
#endif

#if defined(WITHOUT_DETACHING)
#define may_join(r) (is_flying(r) && trusted[at[r]])
#elif defined(WITHOUT_STRICT_FLIGHT)
#define may_join(r) (is_flying(r) && noted[r])
#else
#define may_join(r) (is_flying(r) && trusted[at[r]] && noted[r])
#endif

#if defined(WITHOUT_L1_LEASE)
#define may_look(n) joined[n]
#define shows_old(n) l1_old[n]
#elif defined(TRUST_AFTER_LOOKUP)
#define may_look(n) l1_old[n]
#define shows_old(n) trusted[n]
#else
#define may_look(n) trusted[n]
#define shows_old(n) l1_old[n]
#endif

#ifdef WITHOUT_SEQUENCE
#define may_renew(n) registered[n]
#else
#define may_renew(n) (registered[n] && next[n] == NOTHING)
#endif

/* A registry that has not stood for a whole lease may not know everyone who trusts its L1. */
#ifdef WITHOUT_REGISTRY_AGE
#define is_waited_for(n) (trusted[n] && registered[n])
#else
#define is_waited_for(n) trusted[n]
#endif

#ifdef WITHOUT_ACKNOWLEDGEMENT
#define all_have_forgotten true
#else
#define all_have_forgotten (!owed[0] && !owed[1])
#endif

/* ---- Nodes ---- */

inline bump_epochs(n) {
    if :: at[0] == n -> noted[0] = 0 :: else fi;
    if :: at[1] == n -> noted[1] = 0 :: else fi
}

/* Epochs, then L1, then the acknowledgement. The other writer's messages are about other keys: about ours they could
 * only help. */
inline process_message(n) {
    if
    :: next[n] == WATCHED -> bump_epochs(n); l1_old[n] = 0; owed[n] = 0
    :: else
    fi;
    next[n] = after[n];
    after[n] = NOTHING
}

inline skip_next(n) {
    next[n] = after[n];
    after[n] = NOTHING
}

inline lose_next(n) {
    next[n] = HOLE;
    if :: after[n] == HOLE -> after[n] = NOTHING :: else fi
}

inline lose_after(n) {
    if :: next[n] == HOLE -> after[n] = NOTHING :: else -> after[n] = HOLE fi
}

/* Subscribed first, so nothing announced from here on stays unseen. */
inline join_bus(n) {
#ifndef WITHOUT_NEW_GENERATION
    bump_epochs(n);
#endif
    joined[n] = 1;
    registered[n] = 1;
    trusted[n] = 1
}

/* Killed; or a hole, a lost subscription or a lapsed registration was noticed. */
inline leave_bus(n) {
    joined[n] = 0;
    registered[n] = 0;
    trusted[n] = 0;
    owed[n] = 0;
    next[n] = NOTHING;
    after[n] = NOTHING;
    bump_epochs(n);
    l1_old[n] = 0
}

proctype node(bit n) provided (can_go_wrong) {
    do
    :: d_step { !joined[n] -> join_bus(n) }
    :: d_step { is_message(next[n]) -> process_message(n) }
    :: d_step { !trusted[n] && joined[n] && may_renew(n) -> trusted[n] = 1 }
    :: d_step { trusted[n] -> trusted[n] = 0; owed[n] = 0 }
    :: d_step { joined[n] -> leave_bus(n) }

    :: d_step { may_lose && is_message(next[n]) -> lose_next(n) }
    :: d_step { may_lose && is_message(after[n]) -> lose_after(n) }

#ifdef WITHOUT_GAP
    /* The next acknowledgement covers what was missed. */
    :: d_step { next[n] == HOLE && after[n] != NOTHING -> skip_next(n); owed[n] = 0 }
#endif
#ifdef SEQUENCE_LOST_ALONE
    /* Numbers begin again at 1: taken for old news. */
    :: d_step { is_message(next[n]) -> skip_next(n) }
#endif
    od
}

/* ---- Writers ---- */

inline delete_in_l2() {
#ifdef MISSING_VERSION_MATCHES
    /* No flight made a version, and a deletion leaves the tag without one: what was stored counts on. */
    skip
#else
    l2_old = 0;
#ifdef BY_TAG
    matches[0] = 0;
    matches[1] = 0
#else
    lease = FREE
#endif
#endif
}

inline append(n, message) {
    if
    :: next[n] == NOTHING -> next[n] = message
    :: next[n] == HOLE && message == HOLE
    :: else -> after[n] = message
    fi
}

/* To a node that a new registry does not know, its numbers do not follow on those before. */
inline publish_to(n, message) {
    if
    :: joined[n] && registered[n] -> append(n, message)
    :: joined[n] && !registered[n] -> append(n, HOLE)
    :: !joined[n]
    fi
}

inline publish(message) {
    publish_to(0, message);
    publish_to(1, message)
}

inline announce_watched() {
    owed[0] = is_waited_for(0);
    owed[1] = is_waited_for(1);
    publish(WATCHED)
}

inline wait_for_nobody() {
    owed[0] = 0;
    owed[1] = 0
}

proctype watched_writer() provided (can_go_wrong) {
    do
    :: d_step { write_is == before -> write_is = committed }
#ifndef L1_BEFORE_L2
    :: d_step { write_is == committed -> delete_in_l2(); write_is = deleted }
    :: d_step { write_is == deleted && has_room -> announce_watched(); write_is = announced }
    :: d_step { write_is == announced && all_have_forgotten -> wait_for_nobody(); write_is = waited }
#else
    :: d_step { write_is == committed && has_room -> announce_watched(); write_is = announced }
    :: d_step { write_is == announced && all_have_forgotten -> wait_for_nobody(); write_is = deleted }
    :: d_step { write_is == deleted -> delete_in_l2(); write_is = waited }
#endif
    /* Settles its row, and answers. */
    :: d_step { write_is == waited ->
#ifdef SETTLING_ENDS_REPLAY
           to_replay = 0;
#endif
           write_is = answered }
    /* Dies. */
    :: d_step { write_is == deleted || write_is == announced || write_is == waited ->
           wait_for_nobody();
           write_is = committed }
    od
}

/* Its commits are one side or the other of the watched one, and its waiting is nobody's business. */
proctype other_writer() provided (can_go_wrong) {
    do
    :: d_step { !is_busy -> delete_in_l2() }
    :: d_step { is_busy && has_room -> delete_in_l2(); publish(OTHERS) }
    od
}

/* ---- Redis ---- */

inline lose_registry() {
    registered[0] = 0;
    registered[1] = 0
}

#ifdef OLD_DUMP
/* The worst dump: with an old value, with the lease of a reader that is still flying, and with the versions that all
 * flights have read. What of it had gone may be evicted afterwards. */
inline restart_with_old_dump(r) {
    has_restarted = 1;
    admitted = 0;
    marked = 0;
    lose_registry();
    l2_old = 1;
#ifdef BY_TAG
    matches[0] = 1;
    matches[1] = 1;
#endif
    lease = (is_flying(r) -> TOKEN(r) : FREE)
}
#endif

proctype redis() provided (can_go_wrong) {
    do
    :: d_step { l2_old -> l2_old = 0 }
    :: d_step { lease != FREE -> lease = FREE }
    :: d_step { is_busy && (registered[0] || registered[1]) -> lose_registry() }
#ifdef BY_TAG
    :: d_step { matches[0] || matches[1] -> delete_in_l2() }
#endif
#ifdef OLD_DUMP
    :: d_step { !has_restarted -> restart_with_old_dump(0) }
    :: d_step { !has_restarted -> restart_with_old_dump(1) }
#endif
    od
}

#ifdef OLD_DUMP
/* An identity that the fleet has not seen: what was committed is replayed, whether its writer has settled it or not, and
 * no settling but the replay's own ends it. Then the server is admitted. */
proctype admission() provided (can_go_wrong) {
    do
    :: d_step { !marked ->
           marked = 1;
#ifdef REPLAY_OF_SETTLED_ONLY
           to_replay = is_acknowledged
#else
           to_replay = is_committed
#endif
       }
    :: d_step { marked && to_replay -> delete_in_l2(); to_replay = 0 }
#ifdef WITHOUT_REPLAY
    :: d_step { !admitted -> admitted = 1 }
#else
    :: d_step { !admitted && marked && !to_replay -> admitted = 1 }
#endif
    od
}
#endif

/* ---- Readers ---- */

inline become_idle(r) {
    if :: lease == TOKEN(r) -> lease = FREE :: else fi;
#ifdef BY_TAG
    matches[r] = 0;
#endif
    stage[r] = IDLE;
    at[r] = 0;
    noted[r] = 0;
    needs[r] = 0
}

inline look_into_l1(r, n) {
    at[r] = n;
    needs[r] = 1;
    stage[r] = LOOKING
}

/* Boarding is over: who comes from now on joins. The note is taken before the first read, and the versions of the tags
 * before the load. */
inline depart(r, n) {
    at[r] = n;
    needs[r] = is_acknowledged;
    noted[r] = 1;
#ifdef BY_TAG
    matches[r] = 1;
#endif
    stage[r] = DEPARTED
}

proctype reader(bit r) provided (can_go_wrong) {
    do
    /* A GET that L1 answers. Before the acknowledgement it has nothing to fear. */
    :: d_step { stage[r] == IDLE && is_acknowledged && may_look(0) -> look_into_l1(r, 0) }
    :: d_step { stage[r] == IDLE && is_acknowledged && may_look(1) -> look_into_l1(r, 1) }
    :: d_step { stage[r] == LOOKING -> assert(!(needs[r] && shows_old(at[r]))); become_idle(r) }

    /* A GET that joins the other reader's flight. */
    :: d_step { stage[r] == IDLE && is_acknowledged && may_join(1 - r) -> needs[1 - r] = 1 }

    /* A flight: a hit in L2; or the lease, and the load after it; or a load past L2. A refresh takes the lease while there
     * is a value; and when its load fails, a flight looks into L2 once more (stale-if-error). */
    :: d_step { stage[r] == IDLE -> depart(r, 0) }
    :: d_step { stage[r] == IDLE -> depart(r, 1) }
    :: d_step { (stage[r] == DEPARTED || stage[r] == LEASED) && l2_readable && l2_old -> stage[r] = HOLDING }
    :: d_step { stage[r] == DEPARTED && l2_readable && lease == FREE ->
           lease = TOKEN(r);
           stage[r] = LEASED }
    :: d_step { (stage[r] == DEPARTED || stage[r] == LEASED) && !is_committed -> stage[r] = HOLDING }
    :: d_step { (stage[r] == DEPARTED || stage[r] == LEASED) && is_committed -> become_idle(r) }

    /* With an old value in its hands: stores it where it may, and lands. */
    :: d_step { stage[r] == HOLDING && may_fill(r) -> l2_old = versions_match(r); lease = FREE }
    :: d_step { stage[r] == HOLDING && may_insert(r) -> l1_old[at[r]] = 1 }
    :: d_step { stage[r] == HOLDING -> assert(!needs[r]); become_idle(r) }

#ifdef NOTE_AFTER_READ
    :: d_step { stage[r] == HOLDING && !noted[r] -> noted[r] = 1 }
#endif
#ifdef LOAD_BEFORE_LEASE
    :: d_step { stage[r] == HOLDING && l2_readable && !l2_old && lease == FREE -> lease = TOKEN(r) }
#endif
#ifdef VERSIONS_AFTER_LOAD
    :: d_step { stage[r] == HOLDING && !matches[r] -> matches[r] = 1 }
#endif
    od
}

init {
    atomic {
        run node(0);
        run node(1);
        run reader(0);
        run reader(1);
        run watched_writer();
        run other_writer();
        run redis();
#ifdef OLD_DUMP
        run admission()
#endif
    }
}
