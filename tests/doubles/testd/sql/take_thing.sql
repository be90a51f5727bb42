SELECT thing_take(:event_id, :subject, :aggregate, :version, :event, :time);
