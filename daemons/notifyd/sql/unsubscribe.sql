SELECT unsubscribe(:token) AS body
