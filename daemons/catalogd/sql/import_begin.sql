SELECT import_begin()
