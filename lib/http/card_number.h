/*
 * Card numbers in text: 13 to 19 digits, in one piece or in the groups that people write, with the
 * first digits of a payment scheme and a right check digit (ISO/IEC 7812-1). UUIDs, hashes, tokens,
 * article numbers (GTIN-13) and telephone numbers with a + are none.
 */
#ifndef ECOM_LIB_HTTP_CARD_NUMBER_H
#define ECOM_LIB_HTTP_CARD_NUMBER_H

#include <stdbool.h>

bool card_number_in(const char *text);

#endif
