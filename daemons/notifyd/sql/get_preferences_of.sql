SELECT preferences_body(:owner) AS body
