import type { PGlite } from '@electric-sql/pglite';
import { callSkill } from '@odoobo/skill-kit/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { nlSqlSkill } from '../skill.js';
import { emptyPglite } from '../test-support/pglite.js';

const harbour = `
CREATE TABLE ports (port_id int PRIMARY KEY, port_name text, country text, berths int, opened_year int);
CREATE TABLE captains (captain_id int PRIMARY KEY, name text, age int, home_country text);
CREATE TABLE ships (
  ship_id int PRIMARY KEY, name text, tonnage int, ship_type text, built_year int,
  port_id int REFERENCES ports (port_id), captain_id int REFERENCES captains (captain_id)
);
CREATE TABLE ref_cargo_types (cargo_type_code text PRIMARY KEY, cargo_type_description text);
CREATE TABLE ship_cargo (
  ship_id int REFERENCES ships (ship_id), cargo_type_code text REFERENCES ref_cargo_types (cargo_type_code)
);
CREATE TABLE tows (tow_id int PRIMARY KEY, tug_id int REFERENCES ships (ship_id), towed_id int REFERENCES ships (ship_id), cost_rank int);
`;

const rowsSql = `
INSERT INTO ports VALUES (1, 'Ostend', 'Belgium', 12, 1900), (2, 'Bergen', 'Norway', 30, 1850), (3, 'Narvik', 'Norway', 8, 1930);
INSERT INTO captains VALUES (1, 'Ada', 40, 'Norway'), (2, 'Bo', 60, 'Belgium'), (3, 'Cy', 35, 'Norway'), (4, 'Di', 51, 'Spain');
INSERT INTO ships VALUES
  (1, 'Alk', 100, 'tug', 1990, 1, 1), (2, 'Bass', 900, 'tanker', 2001, 2, 1), (3, 'Cod', 400, 'ferry', 2001, 2, 2),
  (4, 'Dab', 700, 'tanker', 2015, 2, 3);
INSERT INTO ref_cargo_types VALUES ('o', 'oil'), ('g', 'grain'), ('s', 'salt');
INSERT INTO ship_cargo VALUES (2, 'o'), (4, 'o'), (4, 'g'), (3, 'g');
`;

const skill = nlSqlSkill({}, new URL('file:///unused'));
let database: PGlite;

beforeAll(async () => {
  database = await emptyPglite();
  await database.exec(harbour + rowsSql);
});

/** Asks, and runs the answer on a real PostgreSQL. */
async function rowsOf(question: string) {
  const { output, error } = await callSkill(skill, { question, schema: harbour });
  if (!output) throw new Error(error?.details?.[0]?.message);
  return (await database.query<unknown[]>(output.sql, [], { rowMode: 'array' })).rows;
}

describe('questions over several tables', () => {
  it.each<[string, unknown[][]]>([
    // Numbers of rows, and several of one kind.
    ['What is the total number of ships?', [[4]]],
    ['Count the number of captains', [[4]]],
    ['How many different countries do ports have?', [[2]]],
    ['Find the number of distinct ship types', [[3]]],
    ['What are the average, minimum and maximum age of all captains?', [[46.5, 35, 60]]],
    [
      'How many ships are there in each port?',
      [
        ['Bergen', 3],
        ['Ostend', 1],
      ],
    ],
    [
      'Show the port name and the number of ships in each port',
      [
        ['Bergen', 3],
        ['Ostend', 1],
      ],
    ],
    [
      'For each port, how many ships are there?',
      [
        ['Bergen', 3],
        ['Ostend', 1],
      ],
    ],
    [
      'List the names of captains and the number of ships for each captain',
      [
        ['Ada', 2],
        ['Bo', 1],
        ['Cy', 1],
      ],
    ],
    [
      'Show the different home countries and the corresponding number of captains',
      [
        ['Belgium', 1],
        ['Norway', 2],
        ['Spain', 1],
      ],
    ],
    [
      'What is the average tonnage for each type of ship?',
      [
        ['ferry', 400],
        ['tanker', 800],
        ['tug', 100],
      ],
    ],
    [
      'How many cargo types does each ship have?',
      [
        ['Bass', 1],
        ['Cod', 1],
        ['Dab', 2],
      ],
    ],

    // The most, the fewest, the highest.
    ['Which port has the most ships?', [['Bergen']]],
    ['What is the name and the age of the captain with the most ships?', [['Ada', 40]]],
    ['Which year has the most ships?', [[2001]]],
    ['What is the most common ship type?', [['tanker']]],
    // Two have the most: the last by its key.
    ['Which cargo type code has the most ship cargo?', [['o']]],
    ['List the home country shared by the largest number of captains', [['Norway']]],
    ['What is the name of the ship with the largest tonnage?', [['Bass']]],
    ['name of the youngest captain', [['Cy']]],
    ['Show the names of the ports whose number of berths is the highest', [['Bergen']]],
    ['What are the names of ships with the 2 lowest tonnage?', [['Alk'], ['Cod']]],
    ['Which captain has the most ships? Give me the name and the age.', [['Ada', 40]]],

    // How many there have to be.
    ['What are the names of captains who have more than 1 ship?', [['Ada']]],
    ['Which captains have at least one ship?', [['Ada'], ['Bo'], ['Cy']]],
    ['names of ports with 2 or more ships', [['Bergen']]],
    ['Which home countries have more than one captain?', [['Norway']]],
    ['names of ports with more than 10 berths', [['Ostend'], ['Bergen']]],
    ['How many captains have more than 1 ship?', [[1]]],
    ['Which ships have at least 2 cargo types?', [['Dab']]],

    // None.
    ['names of captains without any ships', [['Di']]],
    ['Which ports do not have any ships?', [['Narvik']]],
    ["names of captains who don't have any ships built after 2000", [['Di']]],
    ['What is the average age of captains who do not have any ships?', [[51]]],
    ['names of captains whose home country is not "Norway"', [['Bo'], ['Di']]],
    ['names of captains that do not have the home country "Norway"', [['Bo'], ['Di']]],

    // Compared with the average, and with each other.
    ['names of captains who are older than average', [['Bo'], ['Di']]],
    ['names of ships whose tonnage is above the average tonnage', [['Bass'], ['Dab']]],
    ['How many ships have a tonnage below the average?', [[2]]],
    ['names of captains older than 50', [['Bo'], ['Di']]],
    ['names of ships with a tonnage between 300 and 800', [['Cod'], ['Dab']]],
    ['names of captains with a greater age than 50', [['Bo'], ['Di']]],
    ['How many ships were built in 2001 or 2015?', [[3]]],
    ['How many ports were opened before 1860 or after 1920?', [[2]]],
    ['names of ships whose ship type is "tug" or "ferry"', [['Alk'], ['Cod']]],

    // Both, different, and in an order.
    ['Which home countries have both captains older than 38 and captains younger than 38?', [['Norway']]],
    ['What are the different countries of ports?', [['Belgium'], ['Norway']]],
    ['different names of captains who have ships built after 2000', [['Ada'], ['Bo'], ['Cy']]],
    ['List the names of captains in descending order of age', [['Bo'], ['Di'], ['Ada'], ['Cy']]],
    ['List the names of ports in alphabetical order', [['Bergen'], ['Narvik'], ['Ostend']]],
    [
      'What are the names of captains, ordered by age from the oldest to the youngest?',
      [['Bo'], ['Di'], ['Ada'], ['Cy']],
    ],
    ['descriptions of all cargo types in alphabetical order', [['grain'], ['oil'], ['salt']]],
    ['What is the age of the captain named Bo?', [[60]]],
    ['Give me all the information about captains older than 55', [[2, 'Bo', 60, 'Belgium']]],
  ])('%s', async (question, rows) => {
    expect(await rowsOf(question)).toEqual(rows);
  });
});

describe('questions over several tables that are refused', () => {
  it.each([
    // Words that could mean anything.
    ['names of captains who abandoned a ship', 'These words are not understood: "who abandoned a ship"'],
    ['How many ships are there in Norway?', 'These words are not understood: "are there in Norway"'],
    ['How many ships were sold?', 'These words are not understood: "were sold"'],
    ['For all captains, how many ships are there?', 'The beginning of the question is not understood'],
    ['What is the highest rank of tows?', 'may be its lowest number'],
    ['Which captains do not have any ships in ports?', 'These words are not understood: "in ports"'],
    ['names of ships with the most tows', 'No foreign key leads from tows to ships'],
    // Meanings that differ, of which one would be guessed.
    ['names of captains who have a ship', 'write "different" before what to list'],
    ['names of ports with fewer than 3 ships', 'those without any row of ships count as well'],
    ['names of ports with the most captains', 'A row of captains could count twice'],
    ['What is the name and the average tonnage of ships?', 'Say "for each" before what to group by'],
    ['names of ships built before 1990 and built after 2000', 'No row fits all of the conditions'],
    [
      'name of ships whose tonnage is more than the average tonnage of all ships built after 2000',
      'always that of all rows of ships',
    ],
    ['names of tows', 'No foreign key leads to'],
    ['average ship type of ships', 'ship_type is not a number'],
    ['name', 'Say of which table: ports or captains or ships'],
  ])('%s', async (question, reason) => {
    await expect(rowsOf(question)).rejects.toThrow(reason);
  });
});
