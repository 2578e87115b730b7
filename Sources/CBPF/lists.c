/* SPDX-License-Identifier: Apache-2.0 */
/* The contract's X-macro lists, as tables. */
#include "shaper.h"
#include "shims.h"

struct entry {
	const char *label;
	const char *help;
};

#define ENTRY(id, label, help) { label, help },
static const struct entry drops[] = { SHAPER_DROPS(ENTRY) };
static const struct entry events[] = { SHAPER_EVENTS(ENTRY) };
#undef ENTRY

const char *shaper_drop_label(unsigned int reason)
{
	return reason < SHAPER_DROP_REASONS ? drops[reason].label : "unknown";
}

const char *shaper_drop_help(unsigned int reason)
{
	return reason < SHAPER_DROP_REASONS ? drops[reason].help : "";
}

const char *shaper_event_label(unsigned int event)
{
	return event < SHAPER_EVENT_KINDS ? events[event].label : "unknown";
}

const char *shaper_event_help(unsigned int event)
{
	return event < SHAPER_EVENT_KINDS ? events[event].help : "";
}
