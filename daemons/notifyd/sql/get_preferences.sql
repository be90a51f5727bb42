SELECT preferences_body(:subject) AS body
