SELECT to_json(widget_fail(:kind)) AS body;
