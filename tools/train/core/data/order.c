// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/data/order.h"
#include "host/stateless_random.h"

#include <stdlib.h>
#include <string.h>

enum { DRAW_DECKS = 1000 }; // deck number i draws from stream DRAW_DECKS + i

/// Cards that are dealt to the last, then shuffled anew.
typedef struct {
    size_t *cards, *dealt; ///< as given, and as shuffled for `pass`
    size_t count;
    uint64_t pass, stream;
    bool shuffled;
} deck;

struct mien_order {
    uint64_t seed;
    deck turns; ///< balanced: which class is next
    deck *decks;
    size_t deck_count;
    size_t *cards; ///< what all decks' cards point into
};

static size_t deal(deck *from, uint64_t seed, uint64_t number) {
    uint64_t pass = number / from->count;
    if (!from->shuffled || from->pass != pass) {
        memcpy(from->dealt, from->cards, from->count * sizeof *from->cards);
        for (size_t i = from->count - 1; i > 0; i--) { // Fisher and Yates
            size_t j = mien_draw(seed, pass, from->stream, i) % (i + 1);
            size_t card = from->dealt[i];
            from->dealt[i] = from->dealt[j];
            from->dealt[j] = card;
        }
        from->pass = pass;
        from->shuffled = true;
    }
    return from->dealt[number % from->count];
}

size_t mien_order_at(mien_order *order, uint64_t position) {
    if (order->deck_count == 1) {
        return deal(&order->decks[0], order->seed, position);
    }
    size_t turn = deal(&order->turns, order->seed, position);
    return deal(&order->decks[turn], order->seed, position / order->deck_count);
}

void mien_order_free(mien_order *order) {
    if (order) {
        free(order->cards);
        free(order->decks);
        free(order);
    }
}

static uint32_t class_count(const mien_dataset *dataset, const size_t *indices, size_t count) {
    uint32_t classes = 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t label = mien_dataset_at(dataset, indices[i])->label;
        classes = label >= classes ? label + 1 : classes;
    }
    return classes;
}

/// Lays out a deck of those of `indices` that have the label, or all; returns the next free card.
static size_t *lay_out(deck *laid, const mien_dataset *dataset, const size_t *indices, size_t count,
                       bool all, uint32_t label, size_t *cards) {
    laid->cards = cards;
    for (size_t i = 0; i < count; i++) {
        if (all || mien_dataset_at(dataset, indices[i])->label == label) {
            laid->cards[laid->count++] = indices[i];
        }
    }
    laid->dealt = cards + laid->count;
    return laid->dealt + laid->count;
}

static void lay_out_all(mien_order *order, const mien_dataset *dataset, const size_t *indices,
                        size_t count, uint32_t classes) {
    size_t *cards = order->cards;
    for (uint32_t i = 0; i < classes; i++) {
        deck *next = &order->decks[order->deck_count];
        next->stream = DRAW_DECKS + 1 + i;
        cards = lay_out(next, dataset, indices, count, classes == 1, i, cards);
        order->deck_count += next->count > 0;
    }
    order->turns = (deck){.cards = cards,
                          .dealt = cards + order->deck_count,
                          .count = order->deck_count,
                          .stream = DRAW_DECKS};
    for (size_t i = 0; i < order->deck_count; i++) {
        order->turns.cards[i] = i;
    }
}

mien_status mien_order_create(const mien_dataset *dataset, const size_t *indices, size_t count,
                              mien_sampling sampling, uint64_t seed, mien_order **order,
                              mien_error *error) {
    uint32_t classes =
        sampling == MIEN_SAMPLING_BALANCED ? class_count(dataset, indices, count) : 1;
    mien_order *made = calloc(1, sizeof *made);
    size_t cards;
    if (!made || __builtin_add_overflow(count, (size_t)classes, &cards)) {
        free(made);
        return mien_fail_memory(error, "an order of pictures");
    }
    made->seed = seed;
    made->cards = calloc(cards, 2 * sizeof *made->cards);
    made->decks = calloc(classes, sizeof *made->decks);
    if (!made->cards || !made->decks) {
        mien_order_free(made);
        return mien_fail_memory(error, "an order of pictures");
    }
    lay_out_all(made, dataset, indices, count, classes);
    *order = made;
    return MIEN_OK;
}
