/* attr_int.h - what the files of this room that write attributes share. */
#ifndef STORE_ATTR_INT_H
#define STORE_ATTR_INT_H

#include "model/value.h"
#include "store/attr.h"

/* The address or network that a half of the value is; false when none is. */
bool attr_half_net(const struct attr *a, struct net *out);

#endif
