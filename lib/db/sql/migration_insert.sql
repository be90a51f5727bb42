INSERT INTO migration (name, sha256) VALUES (:name, :sha256);
