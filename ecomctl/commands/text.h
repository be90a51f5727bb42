/* Commands whose answer is a text: as it is in a table, a member of a record in other formats. */
#ifndef ECOM_ECOMCTL_TEXT_H
#define ECOM_ECOMCTL_TEXT_H

#include "ecomctl/command.h"

/* Emits {"name":name,"text":text}, or only the text with -o table. */
void emit_text(struct cli *cli, const char *name, const char *text);

extern const struct column text_columns[];

#endif
