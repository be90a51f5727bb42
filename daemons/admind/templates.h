/* The files that the engine writes, as they are in config/, with @name@ for what it fills in. */
#ifndef ECOM_DAEMONS_ADMIND_TEMPLATES_H
#define ECOM_DAEMONS_ADMIND_TEMPLATES_H

extern const char template_nats[], template_postgresql[], template_ecom[];

/* Fills in name, value pairs that end with NULL. The caller frees. An unknown @name@ aborts. */
char *template_fill(const char *text, const char *const *pairs);

#endif
