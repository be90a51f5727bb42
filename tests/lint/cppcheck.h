/* For cppcheck, which does not read the libraries' headers: macros that look like statements. */
#ifndef ECOM_TESTS_LINT_CPPCHECK_H
#define ECOM_TESTS_LINT_CPPCHECK_H

/* clang-format off */
#define json_array_foreach(array, i, value) \
	for (i = 0; (value = json_array_get(array, i)); i++)
#define json_object_foreach(object, key, value) \
	for (key = first(object); (value = json_object_get(object, key)); key = next(object))
/* clang-format on */

#endif
