/* The command tree as JSON, for tools and for the tests that walk it. */
#include "ecomctl/cli.h"
#include "ecomctl/help.h"

static json_t *texts(const char *const *list)
{
	json_t *array = json_array();

	for (size_t i = 0; list && list[i]; i++)
		json_array_append_new(array, json_string(list[i]));
	return array;
}

static json_t *arguments(const struct argument *arg)
{
	json_t *array = json_array();

	for (; arg && arg->name; arg++)
		json_array_append_new(array, json_pack("{s:s, s:s, s:b, s:b}", "name", arg->name,
						       "help", arg->help, "optional", arg->optional,
						       "many", arg->many));
	return array;
}

static json_t *flags(const struct flag *flag)
{
	json_t *array = json_array();

	for (; flag && flag->name; flag++) {
		char letter[2] = { flag->letter };
		json_t *object = json_pack("{s:s, s:s, s:b, s:s*, s:s*}", "name", flag->name,
					   "help", flag->help, "repeat", flag->repeat, "letter",
					   flag->letter ? letter : NULL, "value",
					   flag_takes_value(flag) ? flag_value_name(flag) : NULL);

		if (flag->choices)
			json_object_set_new(object, "choices", texts(flag->choices));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *fields(const struct column *column)
{
	static const char *const types[] = {
		[COLUMN_TEXT] = "text",   [COLUMN_NUMBER] = "number",
		[COLUMN_BOOL] = "bool",   [COLUMN_MONEY] = "money",
		[COLUMN_TIME] = "time",   [COLUMN_DURATION] = "duration",
		[COLUMN_STATUS] = "text", [COLUMN_OBJECT] = "object",
	};
	json_t *array = json_array();

	for (; column && column->name; column++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "name", column->name, "type",
						       types[column->type]));
	return array;
}

static json_t *command_json(const struct noun *noun, const struct command *command)
{
	char *path scoped(scoped_free) = command_path(noun, command);

	return json_pack("{s:s, s:s*, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:b}", "command", path,
			 "noun", noun->name, "verb", command->verb, "brief", command->brief,
			 "examples", texts(command->examples), "arguments",
			 arguments(command->args), "flags", flags(command->flags), "fields",
			 fields(command->columns), "writes", command->writes, "destructive",
			 command->destructive);
}

json_t *tree_json(void)
{
	json_t *commands = json_array(), *codes = json_object();

	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		for (const struct command *command = noun->commands; command->verb; command++)
			json_array_append_new(commands, command_json(noun, command));
	}
	for (const struct exit_meaning *row = exit_meanings; row->meaning; row++) {
		char *code scoped(scoped_free) = xasprintf("%d", (int)row->code);

		json_object_set_new(codes, code, json_string(row->meaning));
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "commands", commands, "flags", flags(global_flags),
			 "formats", texts(output_formats), "exit_codes", codes);
}
