SELECT preferences_set(:subject, :body) AS body
