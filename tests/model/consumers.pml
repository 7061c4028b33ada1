/* Freshness with two consumers of one outbox: a GET at consumer B that begins after consumer W acknowledged a write
 * returns that write's version or a newer one. Inside a consumer the protocol is coherence.pml's; here a consumer's
 * tiers are one store, and its invalidation is one step.
 *
 * W writes once. B comes, goes and comes back, any number of times: it registers, serves, cannot renew, expires. Its
 * relay may deliver late or twice. A load at B may have read before the write and end after it.
 *
 * Macros leave out or turn round one rule each; check.py knows that they must fail.
 *
 * What is not in here, and why nothing is lost by it:
 *
 * - Time. Trust in a registration ends at any moment, and the registration itself later: that is what the two spans are
 *   for. A request that has seen trust looks into the store before the registration expires, for the same reason.
 * - B as a writer, and W as a reader: the two are alike.
 * - Other rows. Each is owed and marked on its own.
 * - W's own expiry. A consumer that is not registered marks nothing and settles nothing.
 */

mtype = { before, committed, forgotten, answered };
mtype write_is = before;
#define is_committed (write_is != before)
#define is_acknowledged (write_is == answered)

/* The row of the outbox. */
bit marked_by_w, marked_by_b, is_settled;

/* What W remembers of the consumers. Alone: it has read lately that there is no other. */
bit knows_alone;

/* B: its registration in the database, whether this incarnation has forgotten all that came before, and whether its
 * node serves from its store. */
bit registered, opened, trusted;

/* B's store, and a load under way: old, or not. A load that was overtaken by an invalidation stores nothing. */
bit stored_old, loading_old;

/* A request at B, between its look at the trust and its look into the store. Needs: it began after the
 * acknowledgement. */
#define READERS 2
bit needs[READERS], is_looking[READERS];
#define none_looks (!is_looking[0] && !is_looking[1])

#ifdef MARKED_BY_THE_FIRST
#define b_has_to_mark false
#else
#define b_has_to_mark (registered && !marked_by_b)
#endif

inline forget()
{
    atomic { stored_old = 0; loading_old = 0; }
}

/* The writer. Memory of being alone is looked at when the answer is given, and a query reads the consumers then. */
active proctype writer()
{
    bit others_seen;
    others_seen = registered;
    write_is = committed;
    write_is = forgotten;
    if
    :: atomic { knows_alone -> write_is = answered; }
#ifdef CONSUMERS_READ_BEFORE_COMMIT
    :: atomic { (!others_seen || marked_by_b) -> write_is = answered; }
#elif defined(NOT_AWAITED)
    :: atomic { write_is = answered; }
#else
    :: atomic { !b_has_to_mark -> write_is = answered; }
#endif
    fi
}

/* W's mark, by the writer or a relay, at any time after W has forgotten. */
active proctype w_marks()
{
    atomic { (write_is == forgotten || write_is == answered) -> marked_by_w = 1; is_settled = !b_has_to_mark; }
}

/* W renews: it learns of B. Or it cannot, and its memory counts no more. */
active proctype w_renews()
{
    do
    :: atomic { !registered -> knows_alone = 1; }
    :: atomic { knows_alone = 0; }
    od
}

/* B's life. The one that comes back is another incarnation, since W was alive. */
active proctype b_lives()
{
    do
    :: atomic { !registered -> registered = 1; opened = 0; }
#ifdef RESUMED_BESIDE_OTHERS
       opened = 1;
#else
       forget();
#ifndef NOT_NOTICED
       !knows_alone;
#endif
       opened = 1;
#endif
       do
       :: atomic { opened -> trusted = 1; }
       :: atomic { trusted = 0; }
#ifdef EXPIRES_WHILE_TRUSTED
       :: atomic { registered = 0; } break;
#else
       :: atomic { !trusted && none_looks -> registered = 0; } break;
#endif
       od
    od
}

/* B's relay: owed is what is not settled and lacks its mark. */
active proctype b_delivers()
{
    do
    :: registered && is_committed && !is_settled && !marked_by_b ->
#ifdef MARKS_BEFORE_FORGETTING
       atomic { registered -> marked_by_b = 1; is_settled = marked_by_w; }
       forget();
#else
       forget();
       if
       :: atomic { registered -> marked_by_b = 1; is_settled = marked_by_w; }
       :: skip; /* it dies, and begins again */
       fi
#endif
    od
}

/* A load at B. It begins while the node serves, and stores whenever it likes unless something has overtaken it. */
active proctype b_loads()
{
    do
    :: atomic { trusted && !is_committed -> loading_old = 1; }
    :: atomic { loading_old -> stored_old = 1; loading_old = 0; }
    od
}

proctype reader(byte r)
{
    do
    :: atomic { needs[r] = is_acknowledged; trusted -> is_looking[r] = 1; }
       atomic { assert(!(stored_old && needs[r])); is_looking[r] = 0; }
    od
}

init
{
    atomic { run reader(0); run reader(1); }
}
