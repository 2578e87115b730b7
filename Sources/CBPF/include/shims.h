/* SPDX-License-Identifier: Apache-2.0 */
/* Shims for C macros and variadics that Swift cannot import. One line of reason each. */
#ifndef CBPF_SHIMS_H
#define CBPF_SHIMS_H

/* The X-macro lists of the contract, as functions: label and help of each drop reason and event. */
const char *shaper_drop_label(unsigned int reason);
const char *shaper_drop_help(unsigned int reason);
const char *shaper_event_label(unsigned int event);
const char *shaper_event_help(unsigned int event);

#endif
