/** A small database of our own. Two captains have one name, and the averages are no round numbers. */
export const harbour = `
CREATE TABLE ports (port_id INTEGER PRIMARY KEY, port_name TEXT, country TEXT, berths INTEGER, opened_year INTEGER);
CREATE TABLE captains (captain_id INTEGER PRIMARY KEY, name TEXT, age INTEGER, home_country TEXT);
CREATE TABLE ships (
  ship_id INTEGER PRIMARY KEY, name TEXT, tonnage INTEGER, ship_type TEXT, built_year INTEGER,
  port_id INTEGER REFERENCES ports (port_id), captain_id INTEGER REFERENCES captains (captain_id)
);
CREATE TABLE cargo_types (cargo_type_code TEXT PRIMARY KEY, description TEXT);
CREATE TABLE ship_cargo (ship_id INTEGER REFERENCES ships (ship_id), cargo_type_code TEXT REFERENCES cargo_types (cargo_type_code));
INSERT INTO ports VALUES (1, 'Ostend', 'Belgium', 12, 1900), (2, 'Bergen', 'Norway', 30, 1850), (3, 'Narvik', 'Norway', 8, 1930);
INSERT INTO captains VALUES
  (1, 'Ada', 40, 'Norway'), (2, 'Bo', 60, 'Belgium'), (3, 'Cy', 35, 'Norway'), (4, 'Di', 51, 'Spain'), (5, 'Ada', 29, 'Spain');
INSERT INTO ships VALUES
  (1, 'Alk', 100, 'tug', 1990, 1, 1), (2, 'Bass', 900, 'tanker', 2001, 2, 1), (3, 'Cod', 400, 'ferry', 2001, 2, 2),
  (4, 'Dab', 700, 'tanker', 2015, 2, 3), (5, 'Eel', 150, 'tug', 2001, 1, 1);
INSERT INTO cargo_types VALUES ('o', 'oil'), ('g', 'grain'), ('s', 'salt');
INSERT INTO ship_cargo VALUES (2, 'o'), (4, 'o'), (4, 'g'), (3, 'g');
`;

/** The tables and columns, for a tool that reads no DDL. */
export const tables: Record<string, string[]> = {
  ports: ['port_id', 'port_name', 'country', 'berths', 'opened_year'],
  captains: ['captain_id', 'name', 'age', 'home_country'],
  ships: ['ship_id', 'name', 'tonnage', 'ship_type', 'built_year', 'port_id', 'captain_id'],
  cargo_types: ['cargo_type_code', 'description'],
  ship_cargo: ['ship_id', 'cargo_type_code'],
};

export interface Asked {
  question: string;
  /** The query of a person; undefined where a question has no answer in these tables, so that only a refusal is right. */
  sql?: string;
}

const perCaptain = 'FROM ships JOIN captains USING (captain_id) GROUP BY captain_id';

export const questions: Asked[] = [
  // As the documentation of text2sql-lite has them.
  { question: 'show captains', sql: 'SELECT * FROM captains' },
  { question: 'show ships where tonnage > 300', sql: 'SELECT * FROM ships WHERE tonnage > 300' },
  {
    question: 'show captains from Norway',
    sql: "SELECT * FROM captains WHERE home_country = 'Norway'",
  },
  // As people ask.
  { question: 'How many ships are there?', sql: 'SELECT COUNT(*) FROM ships' },
  {
    question: 'Count the number of captains older than 35',
    sql: 'SELECT COUNT(*) FROM captains WHERE age > 35',
  },
  { question: 'names of ships', sql: 'SELECT name FROM ships' },
  { question: 'What is the average age of captains?', sql: 'SELECT AVG(age) FROM captains' },
  {
    question: 'What are the minimum and maximum tonnage of all ships?',
    sql: 'SELECT MIN(tonnage), MAX(tonnage) FROM ships',
  },
  {
    question: 'How many different ship types are there?',
    sql: 'SELECT COUNT(DISTINCT ship_type) FROM ships',
  },
  { question: 'What are the different countries of ports?', sql: 'SELECT DISTINCT country FROM ports' },
  {
    question: 'name and age of captains where home country is "Spain"',
    sql: "SELECT name, age FROM captains WHERE home_country = 'Spain'",
  },
  {
    question: 'names of captains whose home country is not "Norway"',
    sql: "SELECT name FROM captains WHERE home_country <> 'Norway'",
  },
  {
    question: 'names of ships whose ship type is "tug" or "ferry"',
    sql: "SELECT name FROM ships WHERE ship_type IN ('tug', 'ferry')",
  },
  {
    question: 'names of ships with a tonnage between 300 and 800',
    sql: 'SELECT name FROM ships WHERE tonnage BETWEEN 300 AND 800',
  },
  {
    question: 'List the names of captains in descending order of age',
    sql: 'SELECT name FROM captains ORDER BY age DESC',
  },
  {
    question: 'How many ships were built in 2001?',
    sql: 'SELECT COUNT(*) FROM ships WHERE built_year = 2001',
  },
  {
    question: 'How many ports were opened before 1860 or after 1920?',
    sql: 'SELECT COUNT(*) FROM ports WHERE opened_year < 1860 OR opened_year > 1920',
  },
  {
    question: 'What is the average tonnage for each ship type?',
    sql: 'SELECT ship_type, AVG(tonnage) FROM ships GROUP BY ship_type',
  },
  {
    question: 'How many ships are there in each port?',
    sql: 'SELECT port_name, COUNT(*) FROM ships JOIN ports USING (port_id) GROUP BY port_id',
  },
  {
    question: 'List the names of captains and the number of ships for each captain',
    sql: `SELECT captains.name, COUNT(*) ${perCaptain}`,
  },
  {
    question: 'What is the total tonnage of ships for each captain?',
    sql: `SELECT captains.name, SUM(tonnage) ${perCaptain}`,
  },
  {
    question: 'How many cargo types does each ship have?',
    sql: 'SELECT name, COUNT(*) FROM ship_cargo JOIN ships USING (ship_id) GROUP BY ship_id',
  },
  {
    question: 'Which captain has the most ships?',
    sql: `SELECT captains.name ${perCaptain} ORDER BY COUNT(*) DESC LIMIT 1`,
  },
  {
    question: 'What is the name of the ship with the largest tonnage?',
    sql: 'SELECT name FROM ships ORDER BY tonnage DESC LIMIT 1',
  },
  { question: 'name of the youngest captain', sql: 'SELECT name FROM captains ORDER BY age LIMIT 1' },
  {
    question: 'Which year has the most ships?',
    sql: 'SELECT built_year FROM ships GROUP BY built_year ORDER BY COUNT(*) DESC LIMIT 1',
  },
  {
    question: 'names of captains who have more than 1 ship',
    sql: `SELECT captains.name ${perCaptain} HAVING COUNT(*) > 1`,
  },
  {
    question: 'names of ports with at least 3 ships',
    sql: 'SELECT port_name FROM ships JOIN ports USING (port_id) GROUP BY port_id HAVING COUNT(*) >= 3',
  },
  {
    question: 'names of captains without any ships',
    sql: 'SELECT name FROM captains WHERE captain_id NOT IN (SELECT captain_id FROM ships)',
  },
  {
    question: 'Which ports do not have any ships built after 2000?',
    sql: 'SELECT port_name FROM ports WHERE port_id NOT IN (SELECT port_id FROM ships WHERE built_year > 2000)',
  },
  {
    question: 'names of captains who are older than average',
    sql: 'SELECT name FROM captains WHERE age > (SELECT AVG(age) FROM captains)',
  },
  {
    question: 'How many ships have a tonnage below the average?',
    sql: 'SELECT COUNT(*) FROM ships WHERE tonnage < (SELECT AVG(tonnage) FROM ships)',
  },
  {
    question: 'Which home countries have both captains older than 38 and captains younger than 38?',
    sql: 'SELECT home_country FROM captains WHERE age > 38 INTERSECT SELECT home_country FROM captains WHERE age < 38',
  },
  { question: 'Which ships are in harbours that freeze?' },
  { question: 'How many ships were sold?' },
  { question: 'names of captains who have a ship faster than 20 knots' },
  { question: 'average salary of captains' },
];
