"""nbgrader is called with this course's settings, in any folder."""

from course.nbgrader_api import load_config, open_api


def test_the_settings_are_the_courses_and_the_folder_is_the_given_one(course):
    config = load_config(course.root)
    assert config.CourseDirectory.root == str(course.root)
    assert config.CourseDirectory.db_url == f"sqlite:///{course.root}/grading/gradebook.db"
    assert config.CourseDirectory.release_directory == "labs"
    assert open_api(config).coursedir.root == str(course.root)
