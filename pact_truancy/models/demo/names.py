"""Invented names and addresses for the demo data. Nobody here exists; phone numbers are
of the range that is kept free for stories (555-0100 to 555-0199)."""

FIRST_NAMES = {
    "en": """Aaliyah Abigail Adrian Aiden Alexis Amara Amir Andre Anna Asher Ava
    Benjamin Brianna Caleb Cameron Carter Chloe Christian Daniel Darius David Deja
    Destiny Dominic Eleanor Elena Eli Elijah Ella Emily Emma Ethan Evan Ezekiel Faith
    Gabriel Grace Hannah Harper Henry Imani Isaac Isabella Isaiah Jackson Jada Jalen
    James Jasmine Jayden Jeremiah Jordan Joseph Joshua Julia Kayla Keisha Kenji Kiara
    Landon Layla Leah Levi Liam Lillian Logan Lucas Lucy Mackenzie Madison Malik
    Marcus Mason Matthew Maya Mia Micah Michael Miles Naomi Natalie Nathan Nia Noah
    Nora Olivia Owen Peyton Priya Quinn Rachel Raj Riley Rosa Ruby Ryan Samuel Sarah
    Savannah Sienna Simone Skylar Sofia Stella Terrence Thomas Trinity Tyler Victoria
    Violet Wesley William Wyatt Xavier Zachary Zion Zoe""".split(),
    "es": """Adriana Alejandro Alma Ana Andrea Angel Beatriz Camila Carlos Carmen
    Cesar Claudia Cristian Daniela Diego Eduardo Elena Emiliano Esteban Fernanda
    Fernando Francisco Gabriela Gerardo Guadalupe Hector Ignacio Isabel Javier Jimena
    Joaquin Jorge Jose Juan Julieta Karina Leonardo Leticia Lorena Lucia Luis Luz
    Manuel Marco Mariana Marisol Mateo Mauricio Miguel Monica Natalia Nicolas Omar
    Oscar Pablo Paola Patricia Ramon Raul Regina Renata Ricardo Rocio Rodrigo Rosario
    Ruben Santiago Sebastian Silvia Sofia Teresa Tomas Valentina Valeria Veronica
    Vicente Ximena Yolanda""".split(),
    "pl": """Adam Aleksandra Filip Hanna Jakub Julia Kacper Maja Oliwia Piotr
    Zofia""".split(),
    "ar": """Ahmad Ali Fatima Hassan Huda Khalid Layla Mariam Nour Omar Salma
    Yusuf""".split(),
    "uk": """Andriy Bohdan Daryna Dmytro Iryna Kateryna Maksym Oksana Sofiia
    Taras""".split(),
}

LAST_NAMES = {
    "en": """Abbott Adeyemi Anderson Appiah Bailey Baker Banks Barnes Bell Bennett
    Bishop Booker Boyd Brooks Bryant Burke Butler Campbell Carter Castillo Chen Clark
    Coleman Collins Cooper Cruz Davis Dawson Diaz Dixon Ellis Evans Fisher Fleming
    Foster Freeman Gallagher Garcia Gibson Graham Grant Greene Griffin Hansen Harper
    Harris Hawkins Hayes Henderson Hill Holloway Howard Hughes Ibrahim Jackson
    Jefferson Jenkins Johnson Jordan Keller Kelly Kennedy Kim Knight Larson Lawson Lee
    Lewis Lopez Marshall Martin Mason Mbeki McCoy Mensah Meyer Miller Mitchell Moore
    Morgan Murphy Nelson Nguyen Novak Obi Okoro Olson Ortiz Owens Palmer Park Parker
    Patel Patterson Perez Perry Peterson Phillips Porter Powell Price Ramirez Reed
    Reynolds Rivera Robinson Rogers Ross Russell Sanders Schmidt Scott Shah Shaw
    Simmons Singh Sloan Smith Spencer Stewart Stone Sullivan Taylor Thompson Tran
    Tucker Turner Vance Wagner Walker Wallace Ward Washington Watson Weaver Webb West
    Whitaker Williams Wilson Wong Wood Wright Yang Young""".split(),
    "es": """Acosta Aguilar Alvarado Alvarez Arroyo Avila Barrera Becerra Cabrera
    Calderon Camacho Campos Cardenas Carrillo Castillo Castro Cervantes Chavez
    Contreras Cordova Cortez Delgado Dominguez Duran Escobar Espinoza Estrada
    Fernandez Figueroa Flores Fuentes Galvan Garcia Garza Gomez Gonzalez Guerrero
    Gutierrez Guzman Hernandez Herrera Ibarra Jimenez Juarez Lara Leon Lopez Lozano
    Luna Maldonado Marin Marquez Martinez Medina Mejia Mendez Mendoza Meza Molina
    Montes Morales Moreno Munoz Navarro Nieto Nunez Ochoa Olvera Orozco Ortega Pacheco
    Padilla Palacios Paredes Pena Ponce Quintero Ramos Rangel Reyes Rios Rivas Robles
    Rocha Rojas Romero Rosales Rubio Ruiz Salas Salazar Salinas Sandoval Santos
    Serrano Silva Solis Sosa Soto Suarez Tapia Torres Trejo Valdez Valencia Vargas
    Vasquez Vega Velasco Vera Villa Villarreal Zamora Zavala""".split(),
    "pl": """Kowalska Lewandowski Nowak Wisniewski Wojcik Zielinski""".split(),
    "ar": """Al-Amin Darwish Haddad Mansour Nasser Rahman Saleh""".split(),
    "uk": """Bondarenko Kovalenko Melnyk Shevchuk Tkachenko""".split(),
}

MIDDLE_NAMES = """Alexis Angel Ariel Avery Blake Cruz Dana Eden Jade Jordan Kai Lee
Lou Marion Morgan Noel Quinn Rae Ray Reese River Rowan Sage Sky""".split()

# for adults: mothers and grandmothers, fathers and others
WOMEN = {
    "en": """Alicia Amanda Angela Barbara Brenda Carol Charlene Cheryl Christine
    Crystal Dawn Deborah Denise Donna Erica Gloria Heather Imani Jacqueline Jennifer
    Joyce Karen Kimberly Latoya Laura Lisa Margaret Michelle Monique Nicole Pamela
    Priya Rebecca Sandra Sharon Stephanie Tamara Tanya Tiffany Yolanda""".split(),
    "es": """Adriana Ana Araceli Beatriz Blanca Carmen Claudia Esperanza Graciela
    Guadalupe Irma Josefina Leticia Lorena Lucia Luz Maricela Marisol Marta Norma
    Patricia Rocio Rosa Silvia Teresa Veronica""".split(),
    "pl": """Agnieszka Beata Ewa Joanna Magdalena""".split(),
    "ar": """Aisha Fatima Huda Mariam Samira""".split(),
    "uk": """Iryna Kateryna Nadia Oksana""".split(),
}
MEN = {
    "en": """Aaron Alan Anthony Brian Bruce Calvin Charles Craig Curtis Darnell Dennis
    Derek Douglas Edward Frank Gary George Gregory Harold Jamal Jeffrey Keith Kevin
    Larry Leonard Malcolm Mark Maurice Nathaniel Patrick Paul Raj Reginald Robert
    Ronald Scott Stephen Terrance Timothy Walter""".split(),
    "es": """Alberto Alejandro Arturo Carlos Eduardo Enrique Ernesto Felipe Fernando
    Francisco Gerardo Hector Ignacio Jaime Javier Jesus Jorge Jose Luis Manuel Mario
    Martin Miguel Pedro Rafael Raul Ricardo Roberto Salvador Victor""".split(),
    "pl": """Andrzej Krzysztof Marek Piotr Tomasz""".split(),
    "ar": """Ahmad Hassan Ibrahim Khalid Mahmoud Omar""".split(),
    "uk": """Andriy Ihor Oleksandr Serhiy""".split(),
}

NICKNAMES = {
    "Abigail": "Abby",
    "Alejandro": "Alex",
    "Benjamin": "Ben",
    "Christian": "Chris",
    "Daniel": "Danny",
    "Eduardo": "Eddie",
    "Eleanor": "Ellie",
    "Elijah": "Eli",
    "Fernanda": "Fer",
    "Francisco": "Paco",
    "Gabriela": "Gaby",
    "Guadalupe": "Lupita",
    "Isabella": "Bella",
    "Joseph": "Joey",
    "Joshua": "Josh",
    "Madison": "Maddie",
    "Matthew": "Matt",
    "Michael": "Mike",
    "Nathan": "Nate",
    "Samuel": "Sam",
    "Sebastian": "Sebas",
    "Terrence": "Terry",
    "Thomas": "Tom",
    "Victoria": "Tori",
    "William": "Will",
    "Zachary": "Zach",
}

STREETS = """Acorn Apple Ash Aspen Birch Bluebird Brook Cardinal Cedar Cherry Clover
Cottage Creek Dogwood Elm Fern Field Finch Forest Garden Grove Hawthorn Hazel Heron
Hickory Hill Juniper Lake Laurel Linden Locust Magnolia Maple Meadow Mill Mulberry Oak
Orchard Park Pebble Pine Pond Poplar Prairie Quail Ridge River Robin Rose Sparrow
Spring Spruce Sunset Sycamore Thistle Valley Walnut Willow Wren""".split()
STREET_KINDS = ["Street", "Avenue", "Lane", "Drive", "Court", "Road"]
