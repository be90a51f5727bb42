SELECT notification_take_once('notifyd-take_verifications', :events::jsonb) AS made
