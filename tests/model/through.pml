/* Keys through a query: a GET that begins after a write was acknowledged shows that write, where the changed row does
 * not hold the key and two joins lie between them.
 *
 * One order, whose answer shows the name of a category: order -> its line -> the line's product -> the product's
 * category. The watched write renames category 0. Its through-query reads the lines and the products. Other writers move
 * the line from product to product, and the products from category to category, at any time and any number of times. A
 * change of a product reaches the order through a query on the lines; a change of the line holds the order's key itself.
 *
 * Macros choose what is checked; check.py knows which of them must hold and which must fail. Each of them replaces the
 * rule by a simpler one.
 *
 * What is not in here, and why nothing is lost by it:
 *
 * - The tiers, the bus and the nodes. A deletion is one step here: coherence.pml shows that the protocol makes it one.
 *   What is kept is the fence: a value that was read before a deletion is not stored after it.
 * - What answers show of other writes. Only the old name is watched: an answer shows it if it was loaded before the
 *   watched write while the order led to category 0.
 * - Death. A row whose writer dies stays owed, and a relay that delivers it takes the same steps, from the expansion on.
 */

/* The database. */
bit product_of_line;
bit category_of[2];
#define leads_to_it (category_of[product_of_line] == 0)

/* Rows of the outbox whose invalidation is not done: of the line, and of each product. */
bit owed_line, owed_product[2];

/* The cache: whether it holds an answer with the old name. A lease that is lost fences the load that has it. */
bit stored_old;
bit has_lease;

inline delete_order() {
    stored_old = 0;
    has_lease = 0
}

mtype = { before, owed_rows_read, committed, expanded, acknowledged };
mtype write_is = before;
#define is_committed (write_is != before && write_is != owed_rows_read)

/* ---- The watched write ---- */

/* What the owed rows reach, by queries on the same snapshot. */
#define owed_product_reaches ((owed_product[0] && product_of_line == 0) || (owed_product[1] && product_of_line == 1))

#if defined(OWN_ROWS_ONLY)
#define is_reached (leads_to_it)
#elif defined(WITHOUT_SECOND_HOP)
#define is_reached (leads_to_it || owed_product_reaches)
#elif defined(WITHOUT_FIRST_HOP)
#define is_reached (leads_to_it || owed_line)
#else
#define is_reached (leads_to_it || owed_product_reaches || owed_line)
#endif

bit reaches, saw_owed_line, saw_owed_product[2];

proctype watched_writer() {
#if defined(BEFORE_COMMIT)
    /* Expands in its own transaction. */
    d_step { reaches = is_reached; write_is = owed_rows_read };
    write_is = committed;
    write_is = expanded;
#elif defined(TWO_SNAPSHOTS)
    /* Reads the owed rows first, and asks the queries in a later snapshot. */
    write_is = committed;
    d_step {
        saw_owed_line = owed_line;
        saw_owed_product[0] = owed_product[0];
        saw_owed_product[1] = owed_product[1]
    };
    d_step {
        reaches = leads_to_it || saw_owed_line || saw_owed_product[product_of_line];
        write_is = expanded
    };
#else
    write_is = committed;
    d_step { reaches = is_reached; write_is = expanded };
#endif
    d_step {
        if
        :: reaches -> delete_order()
        :: else
        fi;
        write_is = acknowledged
    }
}

/* ---- The others ---- */

/* The row holds the key, so nothing is asked. */
proctype line_mover() {
    do
    :: d_step { !owed_line -> product_of_line = 1 - product_of_line; owed_line = 1 }
#ifdef SETTLED_BEFORE_DELETED
    :: d_step { owed_line -> owed_line = 0 };
       d_step { delete_order() }
#else
    :: d_step { owed_line -> delete_order() };
       d_step { owed_line = 0 }
#endif
    od
}

/* Expands by the same rule: its own row, and what is owed on the lines. */
proctype product_mover(bit p) {
    bit reaches_it;
    do
    :: d_step { !owed_product[p] -> category_of[p] = 1 - category_of[p]; owed_product[p] = 1 };
       d_step { reaches_it = (product_of_line == p) || owed_line };
       d_step {
           if
           :: reaches_it -> delete_order()
           :: else
           fi
       };
       d_step { owed_product[p] = 0; reaches_it = 0 }
    od
}

/* ---- Readers ---- */

proctype reader() {
    bit loaded_old;
    do
    :: d_step { !has_lease -> has_lease = 1 };
       d_step { loaded_old = !is_committed && leads_to_it };
       d_step {
           if
           :: has_lease -> stored_old = loaded_old; has_lease = 0
           :: else
           fi;
           loaded_old = 0
       }
    :: d_step { write_is == acknowledged -> assert(!(stored_old)) }
    od
}

init {
    atomic {
        run watched_writer();
        run line_mover();
        run product_mover(0);
        run product_mover(1);
        run reader()
    }
}
