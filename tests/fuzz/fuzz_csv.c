/* CSV files. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/csv.h"
#include "lib/base/str.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *stream = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	struct csv_reader *reader;
	struct csv_record record;
	enum csv_read status;

	if (!stream)
		return 0;
	reader = csv_reader_open(stream, ',');
	do {
		status = csv_reader_next(reader, &record);
		for (size_t i = 0; status == CSV_READ_RECORD && i < record.ncells; i++) {
			if (!str_is_utf8(record.cells[i], strlen(record.cells[i])))
				abort();
		}
	} while (status == CSV_READ_RECORD || status == CSV_READ_BAD);
	csv_reader_close(reader);
	fclose(stream);
	return 0;
}
